#!/bin/bash
# A flipped bit, another key, another board: the device refuses, what ran keeps running, the rollout says so.
source "$(dirname "$0")/journey.sh"

fleet_serve
board_new board-1 "$models/dnn-1/firmware.suit"
board_start board-1
wait_until 300 "board-1 to register" is_registered board-1
running=$(value board-1 /26243/0/0)

# refused ARTIFACT RESULT: the rollout fails with a reason, /5/0/5 says why, the image is the old one.
refused() {
  expect_exit 1 "$bin/linnet" rollout "$1" --to board-1 --wait --json
  expect_equal "the rollout" "$(jq -r .state "$work/stdout")" failed
  expect "a reason" [ -n "$(jq -r '.devices[0].reason // empty' "$work/stdout")" ]
  jq -r '.devices[0].reason' "$work/stdout"
  expect_equal "the update's result" "$(value board-1 /5/0/5)" "$2"
  expect_equal "the digest of the running image" "$(value board-1 /26243/0/0)" "$running"
  expect_equal "/3/0/3" "$(value board-1 /3/0/3)" dnn-1
}

# The server itself looks at digests: a package damaged before it arrives is not taken.
cp "$models/dnn-2/firmware.suit" "$work/damaged.suit"
flip_bit "$work/damaged.suit" $(($(stat -c %s "$work/damaged.suit") - 5000))
expect_exit 1 "$bin/linnet" publish "$work/damaged.suit"

# One damaged on the server's disk travels, and the board finds out.
expect_exit 0 "$bin/linnet" publish "$models/dnn-2/firmware.suit" --json
id=$(jq -r .id "$work/stdout")
stored=$(find "$work/data" -type f -name "$id")
flip_bit "$stored" $(($(stat -c %s "$stored") - 5000))
refused "$id" 5

expect_exit 0 "$bin/linnet" keygen --out "$work/other"
expect_equal "the key file's mode" "$(stat -c %a "$work/other.key")" 600
expect_exit 0 "$bin/linnet" sign --image "$models/dnn-2/firmware" --key "$work/other.key" --sequence 9 --out "$work/other-key.suit"
refused "$work/other-key.suit" 5

expect_exit 0 "$bin/linnet" sign --image "$models/dnn-2/firmware" --key build/keys/dev.key --sequence 9 --board disco-f413zh \
  --out "$work/other-board.suit"
refused "$work/other-board.suit" 6

# And a good one still goes through.
flip_bit "$stored" $(($(stat -c %s "$stored") - 5000))
expect_exit 0 "$bin/linnet" rollout "$id" --to board-1 --wait --json
echo "journey: three packages refused, a good one taken"
