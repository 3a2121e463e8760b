#!/bin/bash
# The two networks of the journey, trained, compiled and built into firmware, under build/models. Made anew only where
# what they are made of has changed; demo, tests and `make size` share them.
#   build/models/dnn-1    trained on the digits 0 to 4        build/models/dnn-2    on all ten
#   .../graph.pb   .../model/ (C++)   .../firmware/ (images for both slots)   .../firmware.suit
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/progress.sh
bin=build/bin
models=build/models
mkdir -p "$models" build/log build/keys
exec 7>"$models/.lock"
flock 7

if [ ! -f build/keys/dev.key ]; then
  "$bin/linnet" keygen --out build/keys/dev >build/log/keygen.log 2>&1
fi

hash_of() { cat "$@" | sha256sum | cut -d' ' -f1; }
# fresh STAMP KEY: true when STAMP holds KEY.
fresh() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }

# What decides a trained network: the trainer's own sources and the data's, not the time they were compiled at.
trainer=$(find nn/train nn/data -name '*.cc' -o -name '*.h' | sort | grep -v _test | xargs cat | sha256sum | cut -d' ' -f1)
compiler=$(hash_of "$bin/linnet")
recipe=$(cat tools/build_firmware.sh build/m4/firmware/recipe.sh $(sed -n "s/^ARCHIVES='\(.*\)'/\1/p" build/m4/firmware/recipe.sh) | sha256sum | cut -d' ' -f1)

train() {
  local name=$1 classes=$2 key="$trainer $2"
  fresh "$models/$name.trained" "$key" && [ -f "$models/$name/graph.pb" ] && return
  rm -rf "${models:?}/$name" "$models/$name".{trained,compiled,built}
  "$bin/linnet" train --data mnist --arch dnn --classes "$classes" --no-compile --out "$models/$name" >"build/log/train-$name.log" 2>&1
  echo "$key" >"$models/$name.trained"
}

compile() {
  local name=$1 key
  key="$compiler $(hash_of "$models/$name/graph.pb")"
  fresh "$models/$name.compiled" "$key" && [ -f "$models/$name/model/model.cc" ] && return
  rm -f "$models/$name".{compiled,built}
  logged "compile $name" "build/log/compile-$name.log" \
    "$bin/linnet" compile "$models/$name/graph.pb" --calibrate mnist --name "$name" --out "$models/$name/model"
  echo "$key" >"$models/$name.compiled"
}

firmware() {
  local name=$1 sequence=$2 key
  key="$recipe $(hash_of "$models/$name/model/model.cc" "$models/$name/model/model_vectors.cc" build/keys/dev.pub)"
  fresh "$models/$name.built" "$key" && [ -f "$models/$name/firmware.suit" ] && return
  rm -f "$models/$name.built"
  logged "firmware $name" "build/log/firmware-$name.log" \
    "$bin/linnet" build --model "$models/$name/model" --board mps2-an386 --version "$name" --out "$models/$name/firmware"
  logged "sign $name" "build/log/sign-$name.log" \
    "$bin/linnet" sign --image "$models/$name/firmware" --key build/keys/dev.key --sequence "$sequence" --out "$models/$name/firmware.suit"
  echo "$key" >"$models/$name.built"
}

# Two trainings side by side: each uses one core.
train dnn-1 0-4 &
first=$!
logged "train dnn-1 and dnn-2" build/log/train.log train dnn-2 0-9
if ! wait "$first"; then
  say "training dnn-1 failed:"
  tail -n 20 build/log/train-dnn-1.log >&2
  exit 1
fi
compile dnn-1
compile dnn-2
firmware dnn-1 1
firmware dnn-2 2
