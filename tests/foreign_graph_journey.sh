#!/bin/bash
# deep_mlp.pb, written by TensorFlow 1.x years ago by someone else: compiles, answers as accurately as its float graph, and
# with the same bits on the board. Fed with pixels divided by 255, as it was trained.
source "$(dirname "$0")/journey.sh"

graph=../shared/models/deep_mlp.pb
[ -f "$graph" ] || skip "$graph is not beside this checkout"
expect_exit 0 "$bin/linnet" compile "$graph" --calibrate mnist --name deep-mlp --out "$work/model" --json
float=$(jq -r .accuracy_float "$work/stdout") int8=$(jq -r .accuracy_int8 "$work/stdout")
expect "float $float: the graph was trained on these digits" awk -v a="$float" 'BEGIN { exit !(a > 0.9) }'
expect "int8 $int8 within 0.1 points of float $float" awk -v a="$int8" -v b="$float" 'BEGIN { exit !(a >= b - 0.001) }'
expect "a data set was given, so the emulated board was asked too" [ "$(jq .instructions "$work/stdout")" != null ]
expect_exit 0 "$bin/linnet" prove "$work/model" --per-class 2 --random 100 --json
expect_equal "answers that are equal" "$(jq -r .equal "$work/stdout")" 120
echo "journey: deep_mlp float $float, int8 $int8"
