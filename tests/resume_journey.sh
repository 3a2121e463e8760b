#!/bin/bash
# A training run that is killed with SIGKILL at ten random moments and resumed each time ends with the same network, byte for byte,
# as one that nobody disturbed: over stages that train, prune and round.
source "$(dirname "$0")/journey.sh"
seed=${LINNET_SEED:-$RANDOM}
RANDOM=$seed
replay="replay with LINNET_SEED=$seed"
options=(--data mnist --arch dnn --limit 4000 --epochs 14 --fine-tune-epochs 8 --prune 0.5 --qat --json)
# Replaces its subshell, so that a signal to it is one to the program.
train() { exec "$bin/linnet-train" "${options[@]}" "$@"; }

began=$(date +%s%N)
(train --out "$work/whole") >"$work/whole.log" 2>&1 || fail "the undisturbed run: $(tail -n 1 "$work/whole.log")"
whole_ms=$((($(date +%s%N) - began) / 1000000))

kills=0
for _ in 1 2 3 4 5 6 7 8 9 10; do
  train --resume --out "$work/cut" >"$work/cut.log" 2>&1 &
  child=$!
  # Anywhere in the first two fifths of a run: start-up, an epoch, the writing of a state.
  sleep "$(awk -v ms=$((RANDOM % (whole_ms * 2 / 5) + 1)) 'BEGIN { print ms / 1000 }')"
  if kill -KILL "$child" 2>/dev/null; then kills=$((kills + 1)); fi
  wait "$child" 2>/dev/null || true
done
(train --resume --out "$work/cut") >"$work/cut.log" 2>&1 || fail "the resumed run: $(tail -n 1 "$work/cut.log") ($replay)"
for file in graph.pb graph.onnx checkpoint.bin; do
  expect "$file is the same as without interruption ($replay)" cmp "$work/whole/$file" "$work/cut/$file"
done
expect "at least five kills hit a living run, not $kills ($replay)" [ "$kills" -ge 5 ]
echo "journey: killed $kills times, resumed, the same bytes (seed $seed)"
