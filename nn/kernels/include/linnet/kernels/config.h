// The one place that chooses a twin. Everything else asks for linnet::kernels::Target.
#pragma once

#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
#define LINNET_KERNELS_HAVE_DSP 1
#else
#define LINNET_KERNELS_HAVE_DSP 0
#endif

// The inner loops that take every register of the core: no compiler finds room for them when it optimises for size or not at
// all. Without them the same twin runs in plain instructions.
#if LINNET_KERNELS_HAVE_DSP && defined(__OPTIMIZE__) && !defined(__OPTIMIZE_SIZE__)
#define LINNET_KERNELS_HAVE_LOOPS 1
#else
#define LINNET_KERNELS_HAVE_LOOPS 0
#endif

namespace linnet::kernels {

struct Portable;
struct CortexM4;

#if LINNET_KERNELS_HAVE_DSP
using Target = CortexM4;
#else
using Target = Portable;
#endif

}  // namespace linnet::kernels
