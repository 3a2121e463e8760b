#!/bin/bash
# build_firmware.sh MODEL_DIR OUT_DIR VERSION IMAGES: links the firmware for mps2-an386 around a compiled network.
#
# MODEL_DIR  what `linnet compile` wrote: model.cc, model_vectors.cc
# VERSION    what people will read; it stands in the package's manifest, not in the code
# IMAGES     the demo images: records of {u8 index, u8 label, 784 pixels}
#
# Writes image_a.bin, image_b.bin (one firmware, linked for either slot), firmware_a.elf, firmware_b.elf, firmware.json.
# All else was built by the m4 preset; LINNET_M4_BUILD names its folder when it is not build/m4.
set -euo pipefail

fail() {
  echo "build_firmware: $*" >&2
  exit 1
}

[ "$#" -eq 4 ] || { echo "usage: build_firmware.sh MODEL_DIR OUT_DIR VERSION IMAGES" >&2; exit 2; }
model=$1 out=$2 version=$3 images=$4
root=$(cd "$(dirname "$0")/.." && pwd)
parts=${LINNET_M4_BUILD:-$root/build/m4}/firmware

[[ $version =~ ^[A-Za-z0-9._+-]{1,64}$ ]] || fail "version '$version': 1 to 64 letters, digits and . _ + - are allowed"
for file in "$model/model.cc" "$model/model_vectors.cc" "$images"; do
  [ -f "$file" ] || fail "$file: missing"
done
[ -f "$parts/recipe.sh" ] || fail "$parts/recipe.sh: missing; build the board's libraries first (make build)"
images_bytes=$(stat -c %s "$images")
((images_bytes > 0 && images_bytes % 786 == 0 && images_bytes <= 64 * 786)) ||
  fail "$images: $images_bytes bytes are not 1 to 64 records of 786 bytes"
# shellcheck source=/dev/null
source "$parts/recipe.sh"

slot_a=0x21021000 slot_b=0x21081000 slot_bytes=$((0x5F000)) ram_bytes=$((320 * 1024))

mkdir -p "$out"
work=$(mktemp -d "$out/.build.XXXXXX")
trap 'rm -rf "$work"' EXIT
images=$(realpath "$images")

for unit in model model_vectors; do
  # shellcheck disable=SC2086
  $CXX $CPU_FLAGS $MODEL_FLAGS $MODEL_INCLUDES -c "$model/$unit.cc" -o "$work/$unit.o"
done
# shellcheck disable=SC2086
$CXX $CPU_FLAGS -c "$DEMO_IMAGES_SOURCE" -DLINNET_DEMO_IMAGES="\"$images\"" -o "$work/demo_images.o"

# Links the same objects for one slot. What does not fit is said in bytes, not in the linker's words.
link() {
  local origin=$1 name=$2 log=$work/link.log
  # shellcheck disable=SC2086
  if ! $CXX $CPU_FLAGS $LINK_FLAGS -Wl,--defsym=IMAGE_ORIGIN="$origin" "$work"/{model,model_vectors,demo_images}.o \
    -Wl,--start-group $ARCHIVES -Wl,--end-group -o "$work/$name.elf" 2>"$log"; then
    local over
    over=$(sed -n "s/.*region .FLASH. overflowed by \([0-9]*\) bytes.*/\1/p" "$log" | head -1)
    [ -z "$over" ] || fail "the firmware with this network is $over bytes larger than a slot ($slot_bytes bytes)"
    over=$(sed -n "s/.*region .RAM. overflowed by \([0-9]*\) bytes.*/\1/p" "$log" | head -1)
    [ -z "$over" ] || fail "the firmware needs $over bytes more RAM than the board has ($ram_bytes bytes)"
    cat "$log" >&2
    fail "linking for $origin failed"
  fi
}
link $slot_a firmware_a
link $slot_b firmware_b
for slot in a b; do
  "$OBJCOPY" -O binary "$work/firmware_$slot.elf" "$work/image_$slot.bin"
done

image_bytes=$(stat -c %s "$work/image_a.bin")
[ "$image_bytes" -eq "$(stat -c %s "$work/image_b.bin")" ] || fail "the two links differ in size: the code depends on its address"
# cmp ends with 1 because they differ. A word in slot B's list takes 8 bytes of the slot's tail.
changed_words=$({ cmp -l "$work/image_a.bin" "$work/image_b.bin" || true; } | awk '!seen[int(($1 - 1) / 4)]++ { n++ } END { print n + 0 }')
((image_bytes + 4 + 8 * changed_words <= slot_bytes)) ||
  fail "the firmware ($image_bytes bytes) and its list of $changed_words words do not fit a slot ($slot_bytes bytes)"

symbol() { "$NM" "$work/firmware_a.elf" | awk -v name="$1" '$3 == name { print "0x" $1 }'; }
description=$(($(symbol model_description) - slot_a))
model_name=$(dd if="$work/image_a.bin" bs=1 skip=$((description + 4)) count=32 status=none | tr -d '\0')
arena_bytes=$(od -An -tu4 -j $((description + 68)) -N 4 "$work/image_a.bin" | tr -d ' ')
arena_limit=$(($(symbol __arena_end) - $(symbol __arena_start)))
((arena_bytes <= arena_limit)) || fail "the network's arena ($arena_bytes bytes) is larger than the RAM left ($arena_limit bytes)"
stack_bytes=$(($(symbol __stack_top) - $(symbol __stack_bottom)))
static_bytes=$(($(symbol __bss_end) - $(symbol __data_start)))
model_bytes=$("$SIZE" "$work/model.o" | awk 'NR == 2 { print $1 }')
vectors_bytes=$("$SIZE" "$work/model_vectors.o" | awk 'NR == 2 { print $1 }')
boot_bytes=$(stat -c %s "$parts/boot.bin")

cat >"$work/firmware.json" <<JSON
{
  "board": "mps2-an386",
  "version": "$version",
  "model": "$model_name",
  "image_bytes": $image_bytes,
  "slot_bytes": $slot_bytes,
  "model_bytes": $model_bytes,
  "golden_vectors_bytes": $vectors_bytes,
  "demo_images_bytes": $images_bytes,
  "boot_bytes": $boot_bytes,
  "changed_words": $changed_words,
  "flash_bytes": $((image_bytes + boot_bytes)),
  "ram_static_bytes": $static_bytes,
  "ram_stack_bytes": $stack_bytes,
  "ram_arena_bytes": $arena_bytes,
  "ram_bytes": $((static_bytes + stack_bytes + arena_bytes + 512)),
  "ram_limit_bytes": $ram_bytes
}
JSON
for file in image_a.bin image_b.bin firmware_a.elf firmware_b.elf firmware.json; do
  mv "$work/$file" "$out/$file"
done
