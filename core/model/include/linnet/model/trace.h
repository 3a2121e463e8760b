// What generated code does after each layer: nothing, or, compiled with LINNET_TRACE, it calls whoever watches.
#pragma once

#include <cstdint>

#ifdef LINNET_TRACE
// `index` counts the layers in the order in which they run, as report.json lists them. Defined by whoever watches.
extern "C" void linnet_layer_done(uint32_t index, const void* output, uint32_t bytes);
#define LINNET_LAYER_DONE(index, output, bytes) linnet_layer_done(index, output, bytes)
#else
#define LINNET_LAYER_DONE(index, output, bytes) static_cast<void>(0)
#endif
