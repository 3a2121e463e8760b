#!/bin/bash
# A firmware that is signed and whole, but whose network does not give the answers of its golden vectors, is tried, never
# confirms, and the board goes back by itself.
source "$(dirname "$0")/journey.sh"

cp -r "$models/dnn-2/model" "$work/model"
# The expected outputs are an array of bytes in model_vectors.cc: the first of them changes.
awk '/model_vector_outputs/ { inside = 1 }
     inside && !done && match($0, /[0-9]+,/) && !/\[/ { n = substr($0, RSTART, RLENGTH - 1); $0 = substr($0, 1, RSTART - 1) (n == 7 ? 8 : 7) substr($0, RSTART + RLENGTH - 1); done = 1 }
     { print }' "$work/model/model_vectors.cc" >"$work/changed.cc"
expect "one expected answer is changed" [ "$(diff "$work/changed.cc" "$work/model/model_vectors.cc" | grep -c '^<')" = 1 ]
mv "$work/changed.cc" "$work/model/model_vectors.cc"
expect_exit 0 "$bin/linnet" build --model "$work/model" --board mps2-an386 --version dnn-2-bad --out "$work/firmware"
expect_exit 0 "$bin/linnet" sign --image "$work/firmware" --key build/keys/dev.key --sequence 3 --out "$work/bad.suit"

fleet_serve
board_new board-1 "$models/dnn-1/firmware.suit"
board_start board-1
wait_until 300 "board-1 to register" is_registered board-1
running=$(value board-1 /26243/0/0)
expect_exit 1 "$bin/linnet" rollout "$work/bad.suit" --to board-1 --wait --json
expect_equal "the rollout" "$(jq -r .state "$work/stdout")" failed
jq -r '.devices[0].reason' "$work/stdout"
expect "the reason names the golden vectors" grep -q 'golden vectors' "$work/stdout"
expect "the serial terminal says so" serial_has board-1 'reverting: '
expect_equal "the update's result" "$(value board-1 /5/0/5)" 8
expect_equal "the digest of the running image" "$(value board-1 /26243/0/0)" "$running"
expect_equal "confirmed" "$(value board-1 /26243/0/2)" true
expect_equal "/3/0/3" "$(value board-1 /3/0/3)" dnn-1
echo "journey: tried, reverted, the old one runs"
