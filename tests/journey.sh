# Sourced first by every journey: where things are, and what a failed expectation says.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bin=${LINNET_BIN:-build/bin}
models=build/models
work=build/journeys/$(basename "$0" .sh)
rm -rf "$work"
mkdir -p "$work"
source tools/fleet.sh

fail() {
  echo "journey failed: $*" >&2
  fleet_show_logs
  exit 1
}
expect() {
  local what=$1
  shift
  "$@" || fail "$what"
}
# expect_equal WHAT GOT EXPECTED
expect_equal() { [ "$2" = "$3" ] || fail "$1 is '$2', expected '$3'"; }
# expect_exit CODE COMMAND...: stdout and stderr go to $work/stdout and $work/stderr.
expect_exit() {
  local expected=$1 status=0
  shift
  "$@" >"$work/stdout" 2>"$work/stderr" </dev/null || status=$?
  [ "$status" = "$expected" ] || fail "'$*' ended with $status, expected $expected; it said: $(tail -n 5 "$work/stderr")"
}
# A file whose journey needs what this checkout does not have: ctest counts 77 as skipped.
skip() {
  echo "skipped: $*"
  exit 77
}
