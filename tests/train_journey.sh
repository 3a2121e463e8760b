#!/bin/bash
# linnet train and linnet sweep on a few images: files, fields, pictures, and what a signal does.
source "$(dirname "$0")/journey.sh"

few=(--data mnist --arch dnn --limit 2000 --epochs 1)
last() { tail -n 1 "$work/stdout" | jq -e "$1"; }
holds() { last "$1" >/dev/null; }
between() { awk -v a="$1" -v low="$2" -v high="$3" 'BEGIN { exit !(a >= low && a <= high) }'; }

# Trained, compiled, measured, shown.
expect_exit 0 "$bin/linnet" train "${few[@]}" --out "$work/net" --json
expect_equal "lines of JSON" "$(jq -c . "$work/stdout" | wc -l)" 2
expect "the first is an epoch's" [ "$(head -n 1 "$work/stdout" | jq .epoch)" = 1 ]
for field in test_accuracy_float test_accuracy_int8 validation_accuracy_int8 train_accuracy_int8; do
  expect "$field is a share that 2,000 images give" between "$(last ".$field")" 0.6 1
done
expect "int8 is not far from float" between "$(last '.test_accuracy_int8 - .test_accuracy_float')" -0.02 0.02
expect "flash holds the weights" between "$(last .flash_bytes)" 109386 140000
expect "float takes four times that" between "$(last '.flash_bytes_float / .flash_bytes')" 3 5
expect_equal "SRAM" "$(last .sram_bytes)" "$(last '.arena_bytes + .stack_bytes_bound')"
expect_equal "images in the confusion matrix" "$(last '[.confusion[][]] | add')" 10000
expect_equal "its diagonal" "$(last '[.confusion as $c | range(10) | $c[.][.]] | add / 10000')" "$(last .test_accuracy_int8)"
expect "the most wrong are wrong, the surest first" holds '.most_wrong | all(.truth != .answer) and ([.[].confidence] == ([.[].confidence] | sort | reverse))'
for file in study.json learning_curves.svg confusion.svg most_wrong.svg graph.pb model/model.cc model/report.json; do
  expect "$file is there" [ -s "$work/net/$file" ]
done
expect_equal "pictures in the gallery" "$(grep -c 'data:image/png;base64' "$work/net/most_wrong.svg")" "$(last '.most_wrong | length')"

# For people the table, beside what the poster states; without the rest where that is asked for.
expect_exit 0 "$bin/linnet" train "${few[@]}" --out "$work/net"
expect "the poster's row" grep -Eq 'poster +- +- +97.70 % +136 KB' "$work/stdout"
expect "our row" grep -Eq '^ +int8 +[0-9.]+ % +[0-9.]+ % +[0-9.]+ % +[0-9.]+ KB +[0-9.]+ KB' "$work/stdout"
expect "the confusion matrix" grep -q '^is \\ as' "$work/stdout"
expect_exit 0 "$bin/linnet" train "${few[@]}" --out "$work/plain" --no-compile --json
expect "no model" [ ! -e "$work/plain/model" ]
expect_equal "the same seed gives the same network" "$(sha256sum <"$work/plain/graph.pb")" "$(sha256sum <"$work/net/graph.pb")"
expect_exit 2 "$bin/linnet" train --arch perceptron --out "$work/none"

# A sweep of two networks: tables, correlations, pictures; run again it makes nothing again.
sweep=(sweep --arch dnn --widths 8,16 --depths 1 --limit 2000 --epochs 1 --out "$work/sweep")
expect_exit 0 "$bin/linnet" "${sweep[@]}" --json
expect_equal "networks" "$(last '[.networks[].name] | join(" ")')" '"dnn-w8-d1 dnn-w16-d1"'
expect_equal "multiply-accumulates" "$(last '[.networks[].macs] == [784 * 8 + 80, 784 * 16 + 160]')" true
expect "every figure of a network alone is there" holds '.networks | all(.flash_bytes > .flash_weights_bytes and .arena_bytes > 0 and .stack_bytes_bound > 0 and .instructions > 0 and .test_accuracy_int8 > 0.1)'
expect "energy is cycles at 0.37 nJ" holds '.networks | all((.energy_estimated_uj - .cycles_estimated * 0.00037 | fabs) < 1e-6)'
expect_equal "lines of sweep.csv" "$(wc -l <"$work/sweep/sweep.csv")" 3
expect "energy goes with multiply-accumulates" grep -q '^macs,energy_estimated_uj,2,1,1$' "$work/sweep/correlations.csv"
for file in accuracy_over_flash accuracy_over_macs energy_over_macs energy_over_weights; do
  expect "$file says its correlation" grep -q 'Pearson r = ' "$work/sweep/$file.svg"
done
sums=$(sha256sum "$work"/sweep/*/graph.pb "$work"/sweep/*.csv)
expect_exit 0 "$bin/linnet" "${sweep[@]}" --json
expect_equal "networks that stood there" "$(grep -c 'stands there already' "$work/stderr")" 2
expect_equal "files after the second run" "$(sha256sum "$work"/sweep/*/graph.pb "$work"/sweep/*.csv)" "$sums"

# The rows in the database, one a network however often they are sent.
fleet_serve
for _ in 1 2; do expect_exit 0 "$bin/linnet" "${sweep[@]}" --server "$LINNET_SERVER"; done
expect_exit 0 "$bin/linnet" sql "select count(*), max(macs), count(heap_bytes) from study where study = 'sweep'" --json
expect_equal "rows of the table" "$(last '.rows[0] == [2, 784 * 16 + 160, 0]')" true
kill "$server_pid"

# A signal ends the training, and nobody trains on unseen.
"$bin/linnet" train --data mnist --arch cnn --epochs 1000 --out "$work/long" >"$work/stdout" 2>"$work/stderr" &
pid=$!
for ((i = 0; i < 600; ++i)); do
  child=$(pgrep -P "$pid" || true)
  [ -n "$child" ] && grep -q linnet-train "/proc/$child/cmdline" && break
  sleep 0.1
done
sleep 1
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
expect_equal "the exit code" "$status" 143
expect "linnet-train has ended" [ ! -e "/proc/$child" ]
echo "journey: trained, measured and shown; test $(jq .test_accuracy_int8 "$work/net/study.json"), $(jq .flash_bytes "$work/net/study.json") bytes of flash"
