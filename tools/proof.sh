#!/bin/bash
# proof.sh [IMAGES=10000]: the poster's DNN and CNN, the same MNIST images through the float network, the int8 reference, the C++ on
# this machine and the C++ on the emulated Cortex-M4. Fails unless all but the float network answer with the same bits.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/progress.sh
images=${1:-10000}
bin=build/bin models=build/models
tools/models.sh

# The CNN is made again when the trainer or the compiler has changed.
key=$(cat nn/train/*.cc nn/train/include/linnet/train/*.h "$bin/linnet" | sha256sum | cut -d' ' -f1)
if [ "$(cat "$models/cnn.made" 2>/dev/null)" != "$key" ]; then
  rm -rf "$models/cnn" "$models/cnn.made"
  logged "train cnn" build/log/train-cnn.log "$bin/linnet" train --data mnist --arch cnn --classes 0-9 --no-compile --out "$models/cnn"
  logged "compile cnn" build/log/compile-cnn.log "$bin/linnet" compile "$models/cnn/graph.pb" --calibrate mnist --name cnn --out "$models/cnn/model"
  echo "$key" >"$models/cnn.made"
fi

for name in dnn-2 cnn; do
  say "prove $name: $images images"
  "$bin/linnet" prove "$models/$name/model" --images "$images" --random 0
done
