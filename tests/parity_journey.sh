#!/bin/bash
# The same C++ gives the same bits on this machine and on the emulated board: the demo's twenty images and 500 random
# inputs, for both networks; then a tenth of `make proof`, against the references too.
source "$(dirname "$0")/journey.sh"

for name in dnn-1 dnn-2; do
  expect_exit 0 "$bin/linnet" prove "$models/$name/model" --per-class 2 --random 500 --seed 20 --json
  expect_equal "$name: images" "$(jq -r .images "$work/stdout")" 20
  expect_equal "$name: answers that are equal" "$(jq -r .equal "$work/stdout")" 520
done
expect_exit 0 "$bin/linnet" prove "$models/dnn-2/model" --images 1000 --random 0 --json
expect_equal "dnn-2: images" "$(jq -r .images "$work/stdout")" 1000
expect_equal "dnn-2: answers that are equal" "$(jq -r .equal "$work/stdout")" 1000
echo "journey: 520 of 520 answers are the same bits, twice"
