# What training costs and reaches. The poster's accuracies are those of its int8 networks.
for arch in dnn cnn; do
  network "$arch" "$arch" 0-9
  command="linnet train --data mnist --arch $arch --classes 0-9 --out build/bench/$arch"
  figure() { jq "$1" "$work/$arch/train.json"; }
  case $arch in
    dnn) poster=97.7 goal=98.0 ;;
    cnn) poster=99.2 goal=null ;;
  esac
  row "train.$arch.test_accuracy_float" "$(figure '.test_accuracy_float_all * 100')" % higher null null null "$command"
  row "train.$arch.cpu_seconds" "$(figure .cpu_seconds)" s lower null null null "$command"
  row "train.$arch.test_accuracy_int8" "$(jq '.accuracy.int8 * 100' "$work/$arch/model/report.json")" % higher "$goal" "the poster" "$poster" \
    "linnet compile build/bench/$arch/graph.pb --calibrate mnist --out build/bench/$arch/model"
done

network dnn_0_4 dnn 0-4
for classes in trained all; do
  key=test_accuracy_float$([ $classes = all ] && echo _all || true)
  row "train.dnn_0_4.${key}" "$(jq ".$key * 100" "$work/dnn_0_4/train.json")" % higher null null null \
    "linnet train --data mnist --arch dnn --classes 0-4 --out build/bench/dnn_0_4"
done
