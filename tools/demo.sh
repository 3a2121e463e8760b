#!/bin/bash
# make demo: the whole way once, from training to an updated board. A line for each leg, with the seconds since the start.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/progress.sh
bin=build/bin
work=build/demo
models=build/models

leg() { printf '[%4ds] %s\n' "$SECONDS" "$*"; }

tools/setup.sh
leg "set up: Debian packages, npm packages, sources of lwIP and mbedTLS"
tools/build.sh host linnet linnet-train linnetd
tools/build.sh m4
leg "built: linnet, linnet-train, linnetd, and boot and firmware parts for mps2-an386"
tools/models.sh
accuracy() { jq -r '"\(100 * .test_accuracy_float | . * 100 | round / 100) % on its own digits, \(100 * .test_accuracy_float_all | . * 100 | round / 100) % on all ten"' "$models/$1/train.json"; }
compiled() { jq -r '"int8 \(100 * .accuracy.int8 | . * 100 | round / 100) %, float \(100 * .accuracy.float | . * 100 | round / 100) % on 10,000 test images"' "$models/$1/model/report.json"; }
leg "trained: DNN-1 on digits 0-4, $(accuracy dnn-1)"
leg "trained: DNN-2 on digits 0-9, $(accuracy dnn-2)"
leg "compiled: DNN-1 $(compiled dnn-1)"
leg "compiled: DNN-2 $(compiled dnn-2)"
leg "built and signed: firmware dnn-1 and dnn-2, $(jq -r '"\(.flash_bytes) bytes of flash, \(.ram_bytes) bytes of RAM"' "$models/dnn-2/firmware/firmware.json")"

rm -rf "$work"
mkdir -p "$work"
source tools/fleet.sh
fleet_serve
leg "serving: linnetd, CoAP on 127.0.0.1:$coap_port, HTTP on $LINNET_SERVER"
board_new board-1 "$models/dnn-1/firmware.suit"
board_start board-1
wait_until 300 "board-1 to register" is_registered board-1
leg "registered: board-1, an emulated Cortex-M4, over LwM2M"
wait_until 300 "DNN-1's first pass on the serial terminal" serial_has board-1 'pass [0-9]*: dnn-1'
last_pass board-1 dnn-1
first=$(last_pass board-1 dnn-1 | tail -1 | grep -o '[0-9]*/[0-9]*')
leg "running: DNN-1 knows 0 to 4 and gets the others wrong: $first correct"
wait_until 300 "DNN-1's answers in the table" rows_stored dnn-1 20

"$bin/linnet" publish "$models/dnn-2/firmware.suit" --json >"$work/published.json"
leg "published: dnn-2, $(jq -r '"\(.size_bytes) bytes, id \(.id[0:16])"' "$work/published.json")"
"$bin/linnet" rollout "$models/dnn-2/firmware.suit" --to board-1 --wait --json >"$work/rollout.json"
leg "updated: board-1 took it block by block, verified it, restarted on trial, confirmed itself"
wait_until 300 "DNN-2's first pass on the serial terminal" serial_has board-1 'pass [0-9]*: dnn-2'
last_pass board-1 dnn-2
second=$(last_pass board-1 dnn-2 | tail -1 | grep -o '[0-9]*/[0-9]*')
leg "running: DNN-2 knows all ten: $second correct"
wait_until 300 "DNN-2's answers in the table" rows_stored dnn-2 20
"$bin/linnet" sql "select version, round(100 * avg(correct::int), 1) as accuracy, count(*) as inferences from inference group by version order by version"
leg "asked: accuracy per version, by SQL over what the board sent"

# refused NAME WHAT ARTIFACT: the device must say no and keep its firmware.
refused() {
  local digest
  digest=$(value board-1 /26243/0/0)
  if "$bin/linnet" rollout "$3" --to board-1 --wait --json >"$work/refused-$1.json" 2>"$work/refused-$1.log"; then
    echo "the board took a package that was $2" >&2
    exit 1
  fi
  if [ "$(value board-1 /26243/0/0)" != "$digest" ] || [ "$(value board-1 /26243/0/5)" != dnn-2 ]; then
    echo "the board no longer runs what it ran before a package that was $2" >&2
    exit 1
  fi
  leg "refused: a package $2: $(jq -r '.devices[0].reason' "$work/refused-$1.json" | sed 's/^refused: //')"
}
"$bin/linnet" publish "$models/dnn-1/firmware.suit" --json >"$work/damaged.json" 2>/dev/null
damaged=$(jq -r .id "$work/damaged.json")
flip_bit "$(find "$work/data" -name "$damaged" -type f)" $(($(jq -r .size_bytes "$work/damaged.json") - 1000))
refused bit "with one bit flipped on the server's disk" "$damaged"
"$bin/linnet" keygen --out "$work/other" >/dev/null 2>&1
"$bin/linnet" sign --image "$models/dnn-1/firmware" --key "$work/other.key" --sequence 3 --out "$work/other-key.suit" >/dev/null 2>&1
refused key "signed with another key" "$work/other-key.suit"
"$bin/linnet" sign --image "$models/dnn-1/firmware" --key build/keys/dev.key --sequence 3 --board disco-f413zh --out "$work/other-board.suit" >/dev/null 2>&1
refused board "for another board" "$work/other-board.suit"

digest=$(value board-1 /26243/0/0)
slot=$(value board-1 /26243/0/3)
expected=$(jq -r "if $slot == 0 then .digest_a else .digest_b end" "$work/published.json")
confirmed=$(value board-1 /26243/0/2)
if [ "$digest" != "$expected" ] || [ "$confirmed" != true ]; then
  echo "board-1 runs $digest (confirmed: $confirmed), the package's image has $expected" >&2
  exit 1
fi
echo "DNN-1: $first correct; DNN-2: $second correct; running image digest $digest confirmed"
[ "${second%/*}" -ge 19 ]
