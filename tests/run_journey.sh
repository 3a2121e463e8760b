#!/bin/bash
# A compiled network's answers, costs and proof by the command line: rows of an .npy file on this machine and on the emulated board,
# the figures by layer, the same bits everywhere.
source "$(dirname "$0")/journey.sh"

model=$models/dnn-2/model

# npy TYPE ROWS COLUMNS: an .npy file on stdout, its data from stdin.
npy() {
  local header="{'descr': '$1', 'fortran_order': False, 'shape': ($2, $3), }"
  printf '\x93NUMPY\x01\x00'
  printf "\\x$(printf %02x ${#header})\\x00%s" "$header"
  cat
}

head -c 2352 build/bin/linnet | npy '|i1' 3 784 >"$work/bytes.npy"
for target in host mps2-an386; do
  expect_exit 0 "$bin/linnet" run "$model" --input "$work/bytes.npy" --target "$target" --json
  mv "$work/stdout" "$work/$target.json"
done
expect_equal "answers" "$(wc -l <"$work/host.json")" 3
expect "host and board say the same" cmp "$work/host.json" "$work/mps2-an386.json"
expect_equal "the output" "$(jq -c '.outputs[] | [.type, .shape, (.values | length), (.scale > 0)]' "$work/host.json" | sort -u)" '["int8",[1,10],10,true]'

# Floats are quantised: all zeros are a black image, whatever the zero point.
head -c 3136 /dev/zero | npy '<f4' 1 784 >"$work/black.npy"
expect_exit 0 "$bin/linnet" run "$model" --input "$work/black.npy" --json
expect_equal "a black image" "$(jq '.outputs[0].values | length' "$work/stdout")" 10
head -c 10 /dev/zero | npy '|i1' 1 10 >"$work/short.npy"
expect_exit 1 "$bin/linnet" run "$model" --input "$work/short.npy"
expect "the message says what fits" grep -q "10 elements; the network takes 784" "$work/stderr"
expect_exit 2 "$bin/linnet" run "$model" --input "$work/black.npy" --input "$work/black.npy"

expect_exit 0 "$bin/linnet" profile "$model" --inputs 3 --json
for key in instructions cycles_estimated flash_code_bytes flash_weights_bytes arena_bytes stack_bytes_max stack_bytes_bound loop_bytes_max; do
  expect "$key is a number above 0" jq -e ".$key > 0" "$work/stdout" >/dev/null
done
expect_equal "the layers' instructions are all there are" "$(jq '.instructions - ([.layers[].instructions] | add)' "$work/stdout")" 0
expect "painted stack is within its bound" jq -e '.stack_bytes_bound >= .stack_bytes_max' "$work/stdout" >/dev/null

expect_exit 0 "$bin/linnet" prove "$model" --images 40 --random 10 --json
expect_equal "equal everywhere" "$(jq -c '[.inputs, .equal, .bit_equal, (.layers | map(.equal) | all)]' "$work/stdout")" '[50,50,true,true]'
expect "the float network mostly agrees" jq -e '.float_same_class >= 45' "$work/stdout" >/dev/null
# One weight changed in the code alone: it is named.
cp -r "$model" "$work/changed"
sed -i '0,/LINNET_LAYER_DONE(1, \([^)]*)\)/s//*\1 ^= 1; &/' "$work/changed/model.cc"
sed -i 's/\.vector_count = [0-9]*/.vector_count = 0/' "$work/changed/model.cc"
sed -i 's/"vector_count": [0-9]*/"vector_count": 0/' "$work/changed/report.json"
expect_exit 1 "$bin/linnet" prove "$work/changed" --images 5 --random 0 --json
expect_equal "the layer" "$(jq -r .first_layer_that_differs "$work/stdout")" "$(jq -r '.layers[1].name' "$model/report.json")"
echo "journey: run, profile and prove"
