# What training costs and reaches. Accuracies are those of the int8 (or int4) network that `linnet compile` makes, on the 10,000 test
# images, the mean of three seeds; float beside it. The poster's accuracies are those of its own int8 networks.
# The trainings run two at a time: each uses one core. What was trained before by the same
# sources with the same plan is taken again.
seeds=${SEEDS:-1 2 3}
export TRAINER
TRAINER=$(find nn/train nn/data \( -name '*.cc' -o -name '*.h' \) | grep -vE '_test|train_config' | LC_ALL=C sort | xargs cat | sha256sum | cut -d' ' -f1)

# NAME DATA OPTIONS...: a row of this table is a network, trained once a seed. The longest stand first, so that no core waits in
# the end.
recipes="fashion_cnn_best fashion-mnist --arch cnn --preset best
cnn_best mnist --arch cnn --preset best
tiny_cnn_best mnist --arch tiny-cnn --preset best
cnn_quick mnist --arch cnn
dnn_pruned mnist --arch dnn --preset best --prune 0.8 --qat
dnn_int4 mnist --arch dnn --preset best --weights int4
dnn_best mnist --arch dnn --preset best
dnn_quick mnist --arch dnn"

# One training and what the compiler makes of it, in $work/train/NAME_SEED.
train_once() {
  local bin=$1 folder=$2 seed=$3 data=$4
  shift 4
  local key
  key="$TRAINER $("$bin/linnet-train" --data "$data" "$@" --seed "$seed" --out "$folder" --dry-run)" || return 1
  if [ "$(cat "$folder.key" 2>/dev/null)" != "$key" ] || [ ! -f "$folder/train.json" ]; then
    rm -rf "$folder" "$folder.key"
    "$bin/linnet" train --data "$data" "$@" --seed "$seed" --no-compile --out "$folder" --json >"$folder.log" 2>&1 ||
      { tail -n 20 "$folder.log" >&2; return 1; }
    echo "$key" >"$folder.key"
  fi
  "$bin/linnet" compile "$folder/graph.pb" --calibrate "$data" --out "$folder/model" --name "$(basename "$folder")" >>"$folder.log" 2>&1 ||
    { tail -n 20 "$folder.log" >&2; return 1; }
}
export -f train_once

mkdir -p "$work/train"
while read -r name data options; do
  for seed in $seeds; do
    printf '%s\n' "train_once $bin $work/train/${name}_$seed $seed $data $options"
  done
done <<<"$recipes" >"$work/train/jobs"
rm -f "$work/train/dnn_again.key"
echo "train_once $bin $work/train/dnn_again 1 mnist --arch dnn" >>"$work/train/jobs"
logged "bench: $(wc -l <"$work/train/jobs") trainings" "$work/train/all.log" \
  bash -c 'tr "\n" "\0" <"$0" | xargs -0 -P "$(nproc)" -I{} bash -c "{}"' "$work/train/jobs"

count=$(wc -w <<<"$seeds")
# mean NAME FILE FILTER: over the seeds.
mean() {
  local name=$1 file=$2 filter=$3 seed
  for seed in $seeds; do jq "$filter" "$work/train/${name}_$seed/$file"; done | jq -s 'add / length * 10000 | round / 10000'
}
# trained NAME GOAL POSTER OPTIONS: rows that every network has.
trained() {
  local name=$1 goal=$2 poster=$3 command="linnet train $4 --seed 1..$count, then linnet compile"
  local by=null
  [ "$poster" != null ] && by="the poster"
  row "train.$name.accuracy_int8" "$(mean "$name" model/report.json '.accuracy.int8 * 100')" "% (mean of $count seeds)" higher "$goal" "$by" "$poster" "$command"
  row "train.$name.accuracy_float" "$(mean "$name" model/report.json '.accuracy.float * 100')" "% (mean of $count seeds)" higher null null null "$command"
  row "train.$name.points_lost_to_int8" "$(mean "$name" model/report.json '(.accuracy.float - .accuracy.int8) * 100')" points lower \
    "$5" null null "$command"
  row "train.$name.cpu_seconds" "$(mean "$name" train.json .cpu_seconds)" s lower "$6" null null "$command"
}
#        name             goal  poster options                               int8 loss  CPU seconds
trained dnn_quick         98.5  97.7   "--arch dnn"                               0.1  30
trained cnn_quick         99.4  99.2   "--arch cnn"                               0.1  300
trained dnn_best          98.8  97.7   "--arch dnn --preset best"                 0.1  null
trained cnn_best          99.5  99.2   "--arch cnn --preset best"                 0.1  null
trained tiny_cnn_best     99.4  null   "--arch tiny-cnn --preset best"            0.1  null
trained dnn_pruned        98.3  null   "--arch dnn --preset best --prune 0.8 --qat" null null
trained dnn_int4          98.7  null   "--arch dnn --preset best --weights int4"  null null
trained fashion_cnn_best  91.5  null   "--data fashion-mnist --arch cnn --preset best" 0.1 null

# cost NAME FIGURE VALUE UNIT GOAL: of the first seed's network on the emulated Cortex-M4.
cost() {
  row "train.$1.$2" "$(jq "$3" "$work/train/$1.profile.json")" "$4" lower "$5" null null "linnet profile build/bench/train/${1}_1/model"
}
for name in tiny_cnn_best dnn_pruned dnn_int4; do
  logged "bench: profile $name" "$work/train/$name.profile.log" \
    bash -c '"$0" profile "$1" --json >"$2"' "$bin/linnet" "$work/train/${name}_${seeds%% *}/model" "$work/train/$name.profile.json"
done
cost tiny_cnn_best weights .flash_weights_bytes bytes 32768
cost tiny_cnn_best instructions .instructions instructions null
cost dnn_pruned flash '.flash_code_bytes + .flash_weights_bytes' bytes 56000
cost dnn_pruned instructions .instructions instructions 125000
cost dnn_int4 flash '.flash_code_bytes + .flash_weights_bytes' bytes 64000
cost dnn_int4 instructions .instructions instructions null

row train.same_seed_same_graph "$(cmp -s "$work/train/dnn_quick_1/graph.pb" "$work/train/dnn_again/graph.pb" && echo 1 || echo 0)" "1: byte for byte" higher 1 \
  null null "linnet train --arch dnn --seed 1, twice"
