# What an inference costs on the emulated Cortex-M4, the most over 20 uniform random int8 inputs (xorshift32 from 1), and whether
# reference, host and board agree. Cycles are an estimate: the Cortex-M4 table of nn/profile/cortex_m4.h, memory that never waits.
# References are other people's code on the same emulator, measured with the same table; only their figures are here.
# A network is: its name, then what its reference and goal are, a figure a line.

# figures NAME MODEL REFERENCE: rows of `linnet profile`; `references` and `goals` hold a number for each figure that has one.
figures() {
  local name=$1 model=$2 reference=$3 shown=$4 file=$work/$1.profile.json command="linnet profile $4"
  logged "bench: profile $name" "$work/$name.profile.log" bash -c '"$0" profile "$1" --json >"$2"' "$bin/linnet" "$model" "$file"
  local figure value
  for figure in instructions cycles_estimated flash flash_code arena stack stack_bound longest_loop longest_inner_loop; do
    case $figure in
      flash) value='.flash_code_bytes + .flash_weights_bytes' ;;
      flash_code) value=.flash_code_bytes ;;
      arena) value=.arena_bytes ;;
      stack) value=.stack_bytes_max ;;
      stack_bound) value=.stack_bytes_bound ;;
      longest_loop) value=.loop_bytes_max ;;
      longest_inner_loop) value=.inner_loop_bytes_max ;;
      *) value=.$figure ;;
    esac
    local unit=bytes by=null
    case $figure in
      instructions) unit=instructions ;;
      cycles_estimated) unit=cycles ;;
    esac
    [ -n "${references[$figure]:-}" ] && by=$reference
    row "nn.$name.$figure" "$(jq "$value" "$file")" "$unit" lower "${goals[$figure]:-null}" "$by" "${references[$figure]:-null}" "$command"
  done
}

# proved NAME MODEL SHOWN OPTIONS...: how many inputs have the same bits in the reference, on the host and on the board.
proved() {
  local name=$1 model=$2 shown=$3 file=$work/$1.prove.json
  shift 3
  logged "bench: prove $name" "$work/$name.prove.log" \
    bash -c '"$0" prove "$1" --json "${@:3}" >"$2"' "$bin/linnet" "$model" "$file" "$@"
  row "nn.$name.equal_on_host_and_board" "$(jq '100 * .equal / .inputs' "$file")" "% of $(jq .inputs "$file") inputs" higher 100 null null \
    "linnet prove $shown $*"
}

# int8_npy FILE ROWS: the bytes of FILE as an .npy array of ROWS rows, on stdout.
int8_npy() {
  local header
  header="{'descr': '|i1', 'fortran_order': False, 'shape': ($2, $(($(stat -c %s "$1") / $2))), }"
  printf '\x93NUMPY\x01\x00'
  printf "\\x$(printf %02x ${#header})\\x00%s" "$header"
  cat "$1"
}

# golden NAME MODEL SHOWN FOLDER: outputs that equal those of TensorFlow Lite Micro's reference kernels, on host and board.
golden() {
  local name=$1 model=$2 shown=$3 folder=$4 target
  local count
  count=$(jq .count "$folder/meta.json")
  int8_npy "$folder/input.bin" "$count" >"$work/$name.npy"
  od -An -v -t d1 -w"$(jq .output.bytes "$folder/meta.json")" "$folder/output.bin" | sed 's/^ *//; s/  */ /g' >"$work/$name.wanted"
  for target in host mps2-an386; do
    logged "bench: run $name on $target" "$work/$name.$target.log" \
      bash -c '"$0" run "$1" --input "$2" --target "$3" --reset-state --json >"$4"' "$bin/linnet" "$model" "$work/$name.npy" "$target" \
      "$work/$name.$target.json"
    jq -r '.outputs[0].values | map(tostring) | join(" ")' "$work/$name.$target.json" >"$work/$name.$target.got"
    row "nn.$name.as_tflm_reference_kernels_$target" \
      "$(paste -d'|' "$work/$name.$target.got" "$work/$name.wanted" | awk -F'|' '$1 == $2 { n++ } END { print n + 0 }')" "of $count inputs" higher "$count" \
      null null "linnet run $shown --input $name.npy --target $target --reset-state"
  done
}

declare -A references goals
for arch in dnn cnn; do
  network "$arch" "$arch" 0-9
  case $arch in
    dnn)
      references=([instructions]=217640 [cycles_estimated]=268700 [flash]=119600 [flash_code]=9608 [arena]=1120 [stack]=436)
      goals=([instructions]=125000 [cycles_estimated]=160000 [flash]=116000 [arena]=1000)
      ;;
    cnn)
      references=([instructions]=11496480 [cycles_estimated]=14200000 [flash]=94280 [flash_code]=18256 [arena]=22900 [stack]=940)
      goals=([instructions]=4800000 [cycles_estimated]=6200000 [flash]=84000 [arena]=12000)
      ;;
  esac
  goals+=([stack]=1024 [stack_bound]=1024 [longest_inner_loop]=1024)
  figures "$arch" "$work/$arch/model" "hand-written CMSIS-NN" "build/bench/$arch/model"
  proved "$arch" "$work/$arch/model" "build/bench/$arch/model" --images 10000 --random 0
done

models=${LINNET_MODELS:-../shared/models}
if [ -f "$models/kws_ref_model.tflite" ]; then
  references=([instructions]=7699880 [cycles_estimated]=9172276 [flash_code]=84356 [arena]=22820 [stack]=1244)
  goals=([instructions]=3850000 [cycles_estimated]=5500000 [flash_code]=20480 [arena]=17000 [stack]=1024 [stack_bound]=1024 [longest_inner_loop]=1024)
  figures kws "$models/kws_ref_model.tflite" "TFLM + CMSIS-NN" kws_ref_model.tflite
  proved kws "$models/kws_ref_model.tflite" kws_ref_model.tflite --random 200
  golden kws "$models/kws_ref_model.tflite" kws_ref_model.tflite "$models/golden/kws"
fi
if [ -f "$models/pretrainedResnet_quant.tflite" ]; then
  references=([instructions]=29863360 [cycles_estimated]=36483547 [flash_code]=79216 [arena]=54996 [stack]=1244)
  goals=([instructions]=12500000 [cycles_estimated]=18000000 [flash_code]=20480 [arena]=40000 [stack]=1024 [stack_bound]=1024 [longest_inner_loop]=1024)
  figures ic "$models/pretrainedResnet_quant.tflite" "TFLM + CMSIS-NN" pretrainedResnet_quant.tflite
  proved ic "$models/pretrainedResnet_quant.tflite" pretrainedResnet_quant.tflite --random 50
  golden ic "$models/pretrainedResnet_quant.tflite" pretrainedResnet_quant.tflite "$models/golden/ic"
fi

# Networks that others trained with TensorFlow 1.x, where they lie beside the checkout. deep_mlp's int8 form may lose 0.1 points.
if [ -f "$models/deep_mlp.pb" ]; then
  command="linnet compile deep_mlp.pb --calibrate mnist --out build/bench/deep_mlp"
  logged "bench: compile deep_mlp.pb" "$work/deep_mlp.log" \
    bash -c '"$0" compile "$1" --calibrate mnist --out "$2" --json >"$3"' "$bin/linnet" "$models/deep_mlp.pb" "$work/deep_mlp" "$work/deep_mlp.json"
  row nn.deep_mlp.accuracy_float "$(jq '.accuracy_float * 10000 | round / 100' "$work/deep_mlp.json")" % higher null null null "$command"
  row nn.deep_mlp.accuracy_int8 "$(jq '.accuracy_int8 * 10000 | round / 100' "$work/deep_mlp.json")" % higher "$(jq '.accuracy_float * 10000 - 10 | round / 100' "$work/deep_mlp.json")" null null "$command"
  references=([instructions]=6059080 [cycles_estimated]=10700000 [stack]=1272)
  goals=([stack]=1024 [stack_bound]=1024 [longest_inner_loop]=1024)
  figures deep_mlp "$work/deep_mlp" "uTensor's own build" build/bench/deep_mlp
fi
if [ -f "$models/cifar10_cnn.pb" ]; then
  references=()
  goals=([stack]=1024 [stack_bound]=1024 [longest_inner_loop]=1024)
  figures cifar10_cnn "$models/cifar10_cnn.pb" null cifar10_cnn.pb
fi
