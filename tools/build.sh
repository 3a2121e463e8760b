#!/bin/bash
# build.sh PRESET [TARGET...]: configures where needed and builds. `build.sh host m4` builds both whole.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/progress.sh

build_preset() {
  local preset=$1
  shift
  if [ ! -f "build/$preset/build.ninja" ]; then
    logged "configure $preset" "build/log/configure-$preset.log" cmake --preset "$preset"
  fi
  logged "build $preset" "build/log/build-$preset.log" ninja -C "build/$preset" "$@"
}

if [ "$#" -gt 1 ] && [ "$2" != m4 ] && [ "$2" != host ]; then
  build_preset "$@"
else
  for preset in "$@"; do
    build_preset "$preset"
  done
fi
