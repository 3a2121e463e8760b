#!/bin/bash
# soak.sh MINUTES: one board is sent back and forth between the two firmwares until the time is over.
source "$(dirname "$0")/journey.sh"
minutes=${1:-10}

fleet_serve
board_new board-1 "$models/dnn-1/firmware.suit"
board_start board-1
wait_until 300 "board-1 to register" is_registered board-1
end=$((SECONDS + 60 * minutes)) updates=0
while [ "$SECONDS" -lt "$end" ]; do
  for name in dnn-2 dnn-1; do
    expect_exit 0 "$bin/linnet" rollout "$models/$name/firmware.suit" --to board-1 --wait --json
    expect_equal "/3/0/3" "$(value board-1 /3/0/3)" "$name"
    updates=$((updates + 1))
  done
done
echo "soak: $updates updates in $minutes minutes, none failed"
