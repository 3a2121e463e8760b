#!/bin/bash
# Frozen TensorFlow graphs: networks with every operator of nn/import/graphdef, random chains, and the files of ../shared/models
# where they are. TensorFlow.js (its CPU backend, in Node) and Linnet's importer with the float interpreter answer within 1e-4.
source "$(dirname "$0")/journey.sh"

modules=${LINNET_NPM:-$PWD/build/npm/node_modules}
[ -d "$modules/@tensorflow/tfjs-converter" ] || skip "TensorFlow.js is not installed: make setup"
node=$(command -v node) || skip "there is no node"
seed=${SEED:-$RANDOM}
echo "journey: replay with SEED=$seed tests/graphdef_journey.sh"
shared=()
for file in "${LINNET_MODELS:-../shared/models}"/*.pb; do [ -f "$file" ] && shared+=("$file"); done
[ ${#shared[@]} != 0 ] || echo "journey: no foreign .pb files beside this checkout, only our own networks"
expect_exit 0 "$bin/graphdef_oracle" "$work/networks" "$seed" "${COUNT:-60}" "${shared[@]}"
status=0
"$node" tests/graphdef/tfjs_compare.mjs "$modules" "$work/networks" >"$work/table.txt" || status=$?
cat "$work/table.txt"
expect_equal "the comparison's exit code" "$status" 0
