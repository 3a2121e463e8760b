# What the firmware takes of the board, with the network and twenty demo images in it. Limits: a slot's 384 KB less the
# envelope's 4 KB, boot's 32 KB, 320 KB of SRAM (all of it, stack and arena included).
network dnn dnn 0-9
logged "bench: firmware" "$work/firmware.log" \
  "$bin/linnet" build --model "$work/dnn/model" --board mps2-an386 --version bench --out "$work/firmware"
figure() { jq ".$1" "$work/firmware/firmware.json"; }
command="linnet build --model build/bench/dnn/model --board mps2-an386 --version bench --out build/bench/firmware"
row board.firmware.image "$(figure image_bytes)" bytes lower "$(figure slot_bytes)" null null "$command"
row board.firmware.code "$(($(figure image_bytes) - $(figure model_bytes) - $(figure golden_vectors_bytes) - $(figure demo_images_bytes)))" \
  bytes lower null null null "$command"
row board.firmware.ram "$(figure ram_bytes)" bytes lower "$(figure ram_limit_bytes)" null null "$command"
row board.firmware.words_that_differ "$(figure changed_words)" words lower null null null "$command"
row board.boot.image "$(figure boot_bytes)" bytes lower 32256 null null "$command"
