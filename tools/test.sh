#!/bin/bash
# test.sh [unit|asan|fuzz|journeys|tidy]: set-up, build, then everything that must hold. The last line says how it went.
# Logs and JUnit files lie in build/log.
set -uo pipefail
cd "$(dirname "$0")/.."
source tools/progress.sh
only=${1:-}
jobs=$(nproc)
log=$PWD/build/log
passed=0 failed=0 skipped=0
mkdir -p "$log"

wanted() { [ -z "$only" ] || [ "$only" = "$1" ]; }

finish() {
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
  exit
}

# A step without which nothing can be tested.
must() {
  if ! "$@"; then
    failed=$((failed + 1))
    finish
  fi
}

# count JUNIT: adds the figures of ctest's report.
count() {
  local suite
  suite=$(head -c 2000 "$1" | tr '\n\t' '  ' | grep -o '<testsuite [^>]*>' | head -1)
  attribute() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$suite"; }
  local tests failures off
  tests=$(attribute tests) failures=$(attribute failures)
  off=$(($(attribute disabled) + $(attribute skipped)))
  passed=$((passed + tests - failures - off))
  failed=$((failed + failures))
  skipped=$((skipped + off))
}

# run_ctest NAME BUILD ARGUMENT...: runs tests, shows the failing ones, counts.
run_ctest() {
  local name=$1 folder=$2 status=0
  shift 2
  rm -f "$log/$name.xml"
  logged "test $name" "$log/test-$name.log" ctest --test-dir "$folder" --output-junit "$log/$name.xml" \
    --output-on-failure --no-tests=error "$@" || status=$?
  if [ -s "$log/$name.xml" ]; then
    local before=$failed
    count "$log/$name.xml"
    if [ "$status" != 0 ] && [ "$failed" = "$before" ]; then failed=$((failed + 1)); fi
    grep -E '^\s*[0-9]+ - .*\((Failed|Timeout|SEGFAULT|Not Run|Subprocess aborted)' "$log/test-$name.log" >&2 || true
  else
    failed=$((failed + 1))
  fi
}

# The tests that a lean build under sanitizers holds: whatever reads bytes from outside or works on raw memory. Left out are
# those whose subject is another program: a compiler, LibTorch, DuckDB, QEMU.
lean_tests() {
  ninja -C "$1" -t targets all | sed -n 's/^\([a-z0-9_]*_test\): phony$/\1/p' |
    grep -vE '^cmake_|^(train|emit|profile|tidy|telemetry|sql|http|linnetd|cli|rollout|store|events|board_tools|lwm2m_load)_test$'
}

must tools/setup.sh
if wanted unit || wanted tidy || wanted journeys; then
  must tools/build.sh host m4
fi
if wanted tidy; then
  run_ctest tidy build/host -j "$jobs" -L '^tidy_repository$'
fi
if wanted unit; then
  run_ctest unit build/host -j "$jobs" -LE '^(tidy_repository|journey)$'
fi
if wanted asan; then
  [ -f build/asan/build.ninja ] || must logged "configure asan" "$log/configure-asan.log" cmake --preset asan
  targets=$(lean_tests build/asan)
  # shellcheck disable=SC2086
  must logged "build asan" "$log/build-asan.log" ninja -C build/asan $targets
  labels=$(sed 's/_test$//' <<<"$targets" | paste -sd'|')
  run_ctest asan build/asan -j "$jobs" -L "^($labels)\$"
fi
if wanted fuzz; then
  [ -f build/fuzz/build.ninja ] || must logged "configure fuzz" "$log/configure-fuzz.log" cmake --preset fuzz
  fuzzers=$(ninja -C build/fuzz -t targets all | sed -n 's/^\([a-z0-9_]*_fuzz\): phony$/\1/p' | grep -v '^cmake_')
  # shellcheck disable=SC2086
  must logged "build fuzz" "$log/build-fuzz.log" ninja -C build/fuzz $fuzzers
  seconds=${FUZZ_SECONDS:-10}
  say "fuzz: $(wc -w <<<"$fuzzers") targets, $seconds s each, $jobs at a time"
  # shellcheck disable=SC2086
  while read -r fuzzer status; do
    if [ "$status" = 0 ]; then
      passed=$((passed + 1))
    else
      failed=$((failed + 1))
      echo "fuzz $fuzzer failed; the end of build/log/fuzz-$fuzzer.log:" >&2
      tail -n 25 "$log/fuzz-$fuzzer.log" >&2
    fi
  done < <(printf '%s\n' $fuzzers | xargs -P "$jobs" -I{} tools/fuzz_one.sh {} "$seconds")
fi
if wanted journeys; then
  must tools/models.sh
  run_ctest journeys build/host -j "$jobs" -L '^journey$'
fi
finish
