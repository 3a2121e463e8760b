/* The demo images, as a file gives them: -DLINNET_DEMO_IMAGES="\"images.bin\"". Bytes only, no addresses. */
    .section .rodata.demo_images, "a"
    .balign 4
    .global demo_images
    .global demo_images_end
demo_images:
    .incbin LINNET_DEMO_IMAGES
demo_images_end:
    .balign 4
