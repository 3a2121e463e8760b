// Everything that generated code calls. linnet::kernels::Target is the twin for the processor that is compiled for; all
// twins give the same bits. No heap, no float, no statics, no C library.
#pragma once

#include "linnet/kernels/config.h"
#include "linnet/kernels/conv.h"
#include "linnet/kernels/cortex_m4.h"
#include "linnet/kernels/depthwise.h"
#include "linnet/kernels/elementwise.h"
#include "linnet/kernels/fully_connected.h"
#include "linnet/kernels/pack.h"
#include "linnet/kernels/pool.h"
#include "linnet/kernels/portable.h"
#include "linnet/kernels/shapes.h"
#include "linnet/kernels/softmax.h"
