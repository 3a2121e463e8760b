#!/bin/bash
# What the two networks reach on MNIST's 10,000 test images.
source "$(dirname "$0")/journey.sh"

report() { jq -r "$2" "$models/$1/model/report.json"; }
at_least() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }'; }
expect "DNN-2 reaches 98.0 % in int8, not $(report dnn-2 .accuracy.int8)" at_least "$(report dnn-2 .accuracy.int8)" 0.980
expect "int8 costs DNN-2 at most 0.2 points" at_least "$(report dnn-2 '.accuracy.int8 - .accuracy.float')" -0.002
expect "DNN-1 knows half of the digits" at_least 0.55 "$(report dnn-1 .accuracy.int8)"
expect_equal "files ending in .pb" "$(find "$models/dnn-2" -maxdepth 1 -name '*.pb' | wc -l)" 1
# No writable statics and nothing to relocate: sections .data, .bss and .got of the generated code are empty.
arm-none-eabi-g++ -std=c++23 -mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard -Os -ffp-contract=off -fno-exceptions -fno-rtti -fPIC \
  -Icore/model/include -Inn/kernels/include -c "$models/dnn-2/model/model.cc" -o "$work/model.o"
expect_equal "bytes of writable or relocated data" \
  "$(arm-none-eabi-size -A "$work/model.o" | awk '$1 ~ /^\.(data|bss|got)/ { n += $2 } END { print n + 0 }')" 0
echo "journey: DNN-2 int8 $(report dnn-2 .accuracy.int8), float $(report dnn-2 .accuracy.float)"
