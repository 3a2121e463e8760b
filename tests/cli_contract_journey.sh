#!/bin/bash
# What scripts rely on: exit codes, and with --json nothing on stdout but JSON.
source "$(dirname "$0")/journey.sh"

only_json() { jq -e . <"$work/stdout" >/dev/null || fail "stdout is not JSON: $(head -n 3 "$work/stdout")"; }

expect_exit 0 "$bin/linnet" --help
expect_exit 2 "$bin/linnet"
expect_exit 2 "$bin/linnet" fly
expect_exit 2 "$bin/linnet" compile
expect_exit 2 "$bin/linnet" sign --sequence x --image a --key b --out c
expect_exit 2 "$bin/linnet" rollout
expect_exit 2 "$bin/linnet" train --arch
expect_exit 2 "$bin/linnetd"
# A port that nobody listens on: taken from the system, and given back.
fleet_serve
free=$LINNET_SERVER
expect_exit 0 "$bin/linnet" device ls --json
expect "an empty fleet is no line" [ ! -s "$work/stdout" ]
expect_exit 1 "$bin/linnet" device read nobody /3/0/3
expect_exit 1 "$bin/linnet" rollout status nowhere
expect_exit 1 "$bin/linnet" sql "select nothing from nowhere"
expect_exit 2 "$bin/linnet" device read nobody three
expect_exit 0 "$bin/linnet" sql "select 1 as one, 'x' as two" --json
only_json
expect_equal "the cell" "$(jq -r '.rows[0][1]' "$work/stdout")" x
# A clean end on SIGTERM.
kill "$server_pid"
status=0
wait "$server_pid" || status=$?
expect_equal "linnetd's exit code" "$status" 0
expect_exit 3 "$bin/linnet" --server "$free" device ls
expect_exit 0 "$bin/linnet" size "$models/dnn-2/firmware" --json
only_json
expect_exit 0 "$bin/linnet" run "$models/dnn-2/model" --data mnist --images 3 --json
only_json
expect_equal "answers" "$(wc -l <"$work/stdout")" 3
expect_exit 0 "$bin/linnet" profile "$models/dnn-2/model" --json
only_json
expect_exit 2 "$bin/linnet" profile "$models/dnn-2/model" --prefer flash
expect_exit 2 "$bin/linnet" compile x.pb --out "$work/x" --prefer speed
expect_exit 0 "$bin/linnet" show "$models/dnn-2/firmware.suit" --key build/keys/dev.pub --json
only_json
expect_exit 0 "$bin/linnet" keygen --out "$work/k" --json
only_json
expect_exit 1 "$bin/linnet" keygen --out "$work/k"
# Without --nosec plain CoAP is refused, and the message says what to do.
expect_exit 2 "$bin/linnetd" --data "$work/other" --coap 127.0.0.1:0 --http 127.0.0.1:0
expect "the message names --nosec" grep -q -e '--nosec' "$work/stderr"
echo "journey: exit codes and JSON as promised"
