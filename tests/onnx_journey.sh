#!/bin/bash
# Networks in ONNX, every operator and form among them, what the trainer exports, and random chains besides: ONNX Runtime (its
# WebAssembly, in Node) and Linnet's importer with the reference interpreters answer alike: floats within 1e-4, int8 within one
# step for 99 of 100.
source "$(dirname "$0")/journey.sh"

modules=${LINNET_NPM:-$PWD/build/npm/node_modules}
[ -d "$modules/onnxruntime-web" ] || skip "onnxruntime-web is not installed: make setup"
node=$(command -v node) || skip "there is no node"
seed=${SEED:-$RANDOM}
echo "journey: replay with SEED=$seed tests/onnx_journey.sh"
expect_exit 0 "$bin/onnx_oracle" write "$work/networks" "$seed" "${COUNT:-60}"
expect_exit 0 "$node" tests/onnx/onnxruntime_answers.mjs "$modules" "$work/networks"
status=0
"$bin/onnx_oracle" compare "$work/networks" "$seed" "${COUNT:-60}" >"$work/table.txt" || status=$?
cat "$work/table.txt"
expect_equal "the comparison's exit code" "$status" 0
