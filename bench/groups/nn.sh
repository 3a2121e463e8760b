# What an inference costs on the emulated Cortex-M4, and whether host and board agree. Hand-written CMSIS-NN, -O2, random
# weights of the same networks, on the same emulator: DNN 217,640 instructions, 119,600 bytes of flash; CNN 11,496,480, 94,280.
for arch in dnn cnn; do
  network "$arch" "$arch" 0-9
  case $arch in
    dnn) instructions=217640 flash=119600 random=500 ;;
    cnn) instructions=11496480 flash=94280 random=20 ;;
  esac
  command="linnet prove build/bench/$arch/model --random $random"
  logged "bench: prove $arch" "$work/$arch.prove.log" \
    bash -c '"$0" prove "$1" --random "$2" --json >"$3"' "$bin/linnet" "$work/$arch/model" "$random" "$work/$arch.prove.json"
  figure() { jq "$1" "$work/$arch.prove.json"; }
  row "nn.$arch.instructions" "$(figure .instructions_max)" instructions lower null "hand-written CMSIS-NN" "$instructions" "$command"
  row "nn.$arch.flash" "$(figure '.flash_code_bytes + .flash_weights_bytes')" bytes lower null "hand-written CMSIS-NN" "$flash" "$command"
  row "nn.$arch.arena" "$(figure .arena_bytes)" bytes lower null null null "$command"
  row "nn.$arch.stack" "$(figure .stack_bytes_max)" bytes lower null null null "$command"
  row "nn.$arch.equal_on_host_and_board" "$(figure '100 * .equal / .inputs')" "% of $(figure .inputs) inputs" higher 100 null null "$command"
done

# A network that others trained with TensorFlow 1.x (uTensor's demo), where it lies beside the checkout: its int8 form may lose 0.1 points.
foreign=${LINNET_MODELS:-../shared/models}/deep_mlp.pb
if [ -f "$foreign" ]; then
  command="linnet compile deep_mlp.pb --calibrate mnist --out build/bench/deep_mlp"
  logged "bench: compile deep_mlp.pb" "$work/deep_mlp.log" \
    bash -c '"$0" compile "$1" --calibrate mnist --out "$2" --json >"$3"' "$bin/linnet" "$foreign" "$work/deep_mlp" "$work/deep_mlp.json"
  row nn.deep_mlp.accuracy_float "$(jq '.accuracy_float * 10000 | round / 100' "$work/deep_mlp.json")" % higher null null null "$command"
  row nn.deep_mlp.accuracy_int8 "$(jq '.accuracy_int8 * 10000 | round / 100' "$work/deep_mlp.json")" % higher "$(jq '.accuracy_float * 10000 - 10 | round / 100' "$work/deep_mlp.json")" null null "$command"
fi
