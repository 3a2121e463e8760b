#!/bin/bash
# Set-up finds Debian's archive in whatever form a machine's apt entries have, and leaves other people's archives out.
source "$(dirname "$0")/journey.sh"

codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
mkdir -p "$work/parts"
cat >"$work/apt.conf" <<CONF
Dir::Etc::sourcelist "$PWD/$work/sources.list";
Dir::Etc::sourceparts "$PWD/$work/parts";
CONF
export APT_CONFIG=$work/apt.conf
entries() { cat "$work/out"/* | grep -v '^$'; }

# One-line entries, with options, tabs, a comment and a foreign archive.
cat >"$work/sources.list" <<LIST
# deb http://mirror.example/debian $codename main
deb http://mirror.example/debian	$codename main contrib non-free-firmware
deb [arch=amd64 signed-by=/usr/share/keyrings/k.gpg] http://mirror.example/security $codename-security main
deb-src http://mirror.example/debian $codename main
deb http://other.example/apt cloud-$codename main
deb http://other.example/docker $codename stable
LIST
expect_exit 0 tools/apt_entries.sh "$work/out"
expect_equal "entries of a sources.list" "$(entries)" "deb-src [arch=amd64 signed-by=/usr/share/keyrings/k.gpg] http://mirror.example/security $codename-security main
deb-src http://mirror.example/debian $codename main"

# deb822, two archives in a file, one switched off, a foreign one beside it.
rm "$work/sources.list"
cat >"$work/parts/debian.sources" <<SOURCES
Types: deb
# where the mirror is
URIs: http://mirror.example/debian
Suites: $codename $codename-updates
Components: main
Signed-By: /usr/share/keyrings/k.gpg

Enabled: no
Types: deb
URIs: http://mirror.example/off
Suites: $codename
Components: main
SOURCES
printf 'Types: deb\nURIs: http://other.example/node\nSuites: nodistro\nComponents: main\n' >"$work/parts/node.sources"
expect_exit 0 tools/apt_entries.sh "$work/out"
expect_equal "entries of debian.sources" "$(entries)" "Types: deb-src
# where the mirror is
URIs: http://mirror.example/debian
Suites: $codename $codename-updates
Components: main
Signed-By: /usr/share/keyrings/k.gpg"

rm "$work/parts/debian.sources"
expect_exit 1 tools/apt_entries.sh "$work/out"
expect "the message says what is missing" grep -q "no Debian $codename archive" "$work/stderr"
echo "journey: one-line and deb822 entries are understood"
