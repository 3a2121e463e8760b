#!/bin/bash
# Gets everything that build, tests and demo take from outside: Debian packages, npm packages, source packages.
# A second run finds its stamps and does nothing. Writes only under build/, and installs packages.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
build=$root/build
mkdir -p "$build/log" "$build/stamps"
source tools/progress.sh

exec 8>"$build/stamps/setup.lock"
flock 8   # two makes at a time: the second waits and then finds the stamps

as_root() {
  if [ "$(id -u)" = 0 ]; then
    DEBIAN_FRONTEND=noninteractive "$@"
  elif command -v sudo >/dev/null; then
    sudo DEBIAN_FRONTEND=noninteractive "$@"
  else
    echo "linnet setup: installing Debian packages needs root or sudo" >&2
    return 1
  fi
}

# stamped NAME KEY: true when step NAME was done with the same KEY.
stamped() { [ "$(cat "$build/stamps/$1" 2>/dev/null)" = "$2" ]; }
stamp() { printf '%s\n' "$2" >"$build/stamps/$1"; }
hash_of() { cat "$@" | sha256sum | cut -d' ' -f1; }

missing_packages() {
  local wanted=() package rest
  while read -r package rest; do
    case $package in ''|'#'*) continue ;; esac
    if [[ $rest == unless:* ]]; then
      local command=${rest#unless:}
      command -v "${command%% *}" >/dev/null && continue
    fi
    wanted+=("$package")
  done <tools/debian-packages.txt
  local installed
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/^installed //p') || true
  printf '%s\n' "${wanted[@]}" | grep -vxF -f <(printf '%s\n' "$installed") || true
}

install_debian_packages() {
  local missing
  missing=$(missing_packages)
  if [ -z "$missing" ]; then
    return
  fi
  # shellcheck disable=SC2086
  logged "package lists" "$build/log/apt-update.log" as_root apt-get -o DPkg::Lock::Timeout=300 update
  # shellcheck disable=SC2086
  logged "$(wc -w <<<"$missing") Debian packages" "$build/log/apt-install.log" \
    as_root apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 install -y --no-install-recommends $missing
}

# npm's own tree is made apart and moved into place, so that a broken download leaves no half tree.
install_npm_packages() {
  local key
  key=$(hash_of tools/npm/package.json tools/npm/package-lock.json)
  if stamped npm "$key"; then
    return
  fi
  rm -rf "$build/npm.new"
  mkdir -p "$build/npm.new"
  cp tools/npm/package.json tools/npm/package-lock.json "$build/npm.new/"
  logged "npm packages" "$build/log/npm.log" \
    npm --prefix "$build/npm.new" --cache "$build/npm-cache" --no-audit --no-fund --no-update-notifier ci --ignore-scripts
  rm -rf "$build/npm"
  mv "$build/npm.new" "$build/npm"
  stamp npm "$key"
}

fetch_source_packages() {
  local key
  key=$(printf '%s\n' "$source_packages" | sha256sum | cut -d' ' -f1)
  if stamped sources "$key" && [ -d "$build/src/lwip" ] && [ -d "$build/src/mbedtls" ]; then
    return
  fi
  tools/apt_entries.sh "$build/apt/sources.list.d"
  local apt=(apt-get -o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$build/apt/sources.list.d"
    -o "Dir::State::lists=$build/apt/lists" -o "Dir::Cache=$build/apt/cache" -o Acquire::Languages=none
    -o APT::Sandbox::User= -o Acquire::Retries=3)
  mkdir -p "$build/apt/lists/partial" "$build/apt/cache/archives/partial"
  logged "lists of source packages" "$build/log/apt-source-update.log" "${apt[@]}" update
  local package
  for package in $source_packages; do
    local work=$build/src/.$package
    rm -rf "$work"
    mkdir -p "$work"
    logged "sources of $package" "$build/log/apt-source-$package.log" in_folder "$work" "${apt[@]}" source --only-source "$package"
    local unpacked
    unpacked=$(find "$work" -mindepth 1 -maxdepth 1 -type d | head -1)
    rm -rf "${build:?}/src/$package"
    mv "$unpacked" "$build/src/$package"
    basename "$work"/*.dsc .dsc >"$build/src/$package.version"
    rm -rf "$work"
  done
  stamp sources "$key"
}
in_folder() { cd "$1" && shift && "$@"; }
source_packages="lwip mbedtls"

install_debian_packages
install_npm_packages
fetch_source_packages
