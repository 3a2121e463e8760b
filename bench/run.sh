#!/bin/bash
# Measures and writes bench/results.json and, from it, bench/RESULTS.md.
#   bench/run.sh          every group        bench/run.sh nn       one group; the rows of the others stay
# A group is bench/groups/NAME.sh: it calls `row` for each figure. Work lies under build/bench, and is made anew.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/progress.sh
bin=${LINNET_BIN:-build/bin}
work=build/bench
all=(train train_pytorch nn board lwm2m)
mkdir -p "$work"

groups=("${@:-${all[@]}}")
for group in "${groups[@]}"; do
  if [ ! -f "bench/groups/$group.sh" ]; then
    echo "bench: no group \`$group\`; there are: ${all[*]}" >&2
    exit 2
  fi
done

# row NAME VALUE UNIT lower|higher GOAL REFERENCE REFERENCE_VALUE COMMAND: one figure. GOAL, REFERENCE and REFERENCE_VALUE
# may be null. The ratio is value / reference_value, whichever way is better.
row() {
  jq -cn --arg name "$1" --argjson value "$2" --arg unit "$3" --arg better "$4" --argjson goal "$5" --arg reference "$6" \
    --argjson reference_value "$7" --arg command "$8" '
    {name: $name, value: $value, unit: $unit, better: $better, goal: $goal,
     reference: (if $reference == "null" then null else $reference end), reference_value: $reference_value,
     ratio: (if $reference_value == null then null else $value / $reference_value end), command: $command}' >>"$rows"
}

# A trained and compiled network of the groups that need one: $work/NAME/{graph.pb,train.json,model/}. Made once a run.
network() {
  local name=$1 arch=$2 classes=$3
  if [ ! -f "$work/$name/made_by_$$" ]; then
    rm -rf "${work:?}/$name"
    logged "bench: train $name" "$work/$name.train.log" "$bin/linnet" train --data mnist --arch "$arch" --classes "$classes" --no-compile --out "$work/$name"
    logged "bench: compile $name" "$work/$name.compile.log" \
      "$bin/linnet" compile "$work/$name/graph.pb" --calibrate mnist --out "$work/$name/model" --name "$name"
    touch "$work/$name/made_by_$$"
  fi
}
trap 'rm -f "$work"/*/made_by_$$' EXIT

rows=$work/rows.jsonl
: >"$rows"
for group in "${groups[@]}"; do
  say "bench: $group"
  source "bench/groups/$group.sh"
done

old=bench/results.json
if [ ! -f "$old" ]; then
  old=$work/none.json
  echo '[]' >"$old"
fi
jq -s --slurpfile old "$old" '
  . as $new | ($new | map(.name | split(".")[0]) | unique) as $measured
  | ($old[0] | map(select((.name | split(".")[0]) as $group | $measured | index($group) | not))) + $new
  | sort_by(.name)' "$rows" >"$work/results.json"
mv "$work/results.json" bench/results.json
bench/render.sh <bench/results.json >"$work/RESULTS.md"
mv "$work/RESULTS.md" bench/RESULTS.md
say "bench: $(wc -l <"$rows") figures measured, written to bench/RESULTS.md and bench/results.json"
