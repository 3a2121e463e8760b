#!/bin/bash
# DNN-1 on the board gets 5 to 9 wrong; dnn-2 travels over the air; the board shows all ten digits right, and only then,
# by its own measured digest, counts as updated.
source "$(dirname "$0")/journey.sh"

fleet_serve
board_new board-1 "$models/dnn-1/firmware.suit"
board_start board-1
wait_until 300 "board-1 to register" is_registered board-1
wait_until 300 "the first pass" serial_has board-1 'pass 1: dnn-1'
right=$(last_pass board-1 dnn-1 | sed -n 's/^pass .* \([0-9]*\)\/20 correct$/\1/p')
expect "DNN-1 knows 0 to 4 and nothing else, not $right of 20" test "$right" -ge 8 -a "$right" -le 11
wait_until 300 "a pass in the table" rows_stored dnn-1 20
expect_equal "the share of 5 to 9 that DNN-1 gets right" \
  "$(sql "select count(*) from inference where version = 'dnn-1' and label >= 5 and correct")" 0
expect_equal "object 5's state before" "$(value board-1 /5/0/3)" 0
expect_equal "/3/0/3" "$(value board-1 /3/0/3)" dnn-1

expect_exit 0 "$bin/linnet" publish "$models/dnn-2/firmware.suit" --json
id=$(jq -r .id "$work/stdout")
digest_b=$(jq -r .digest_b "$work/stdout")
expect_exit 0 "$bin/linnet" rollout "$id" --to '*' --wait --json
expect_equal "the rollout" "$(jq -r .state "$work/stdout")" succeeded
expect_equal "the device's state" "$(jq -r '.devices[0].state' "$work/stdout")" updated
expect_equal "the digest that the rollout saw" "$(jq -r '.devices[0].digest' "$work/stdout")" "$digest_b"
expect_equal "the digest of the running image" "$(value board-1 /26243/0/0)" "$digest_b"
expect_equal "confirmed" "$(value board-1 /26243/0/2)" true
expect_equal "the slot" "$(value board-1 /26243/0/3)" 1
expect_equal "the update's result" "$(value board-1 /5/0/5)" 1
expect_equal "/3/0/3" "$(value board-1 /3/0/3)" dnn-2

wait_until 300 "a pass of dnn-2" serial_has board-1 'pass [0-9]*: dnn-2'
right=$(last_pass board-1 dnn-2 | sed -n 's/^pass .* \([0-9]*\)\/20 correct$/\1/p')
expect "DNN-2 knows at least 19 of 20, not $right" [ "$right" -ge 19 ]
wait_until 300 "dnn-2's pass in the table" rows_stored dnn-2 20
expect "accuracy per version, by SQL" \
  [ "$(sql "select count(distinct version) from inference")" = 2 ]
memory=$(value board-1 /26242/0/2)
expect "a stack peak between 1 and 320 KB, not $memory" test "$memory" -gt 256 -a "$memory" -lt 327680

# The other way round, into slot A again, from a board that was switched off in between.
board_stop "$board_pid"
board_start board-1
wait_until 300 "board-1 after a power cycle" serial_has board-1 'registered'
expect_exit 0 "$bin/linnet" rollout "$models/dnn-1/firmware.suit" --to board-1 --wait --json
expect_equal "the slot" "$(value board-1 /26243/0/3)" 0
expect_equal "/3/0/3" "$(value board-1 /3/0/3)" dnn-1
echo "journey: updated, and back again"
