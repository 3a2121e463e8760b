// The one place that chooses a twin. Everything else asks for linnet::kernels::Target.
#pragma once

#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
#define LINNET_KERNELS_HAVE_DSP 1
#else
#define LINNET_KERNELS_HAVE_DSP 0
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
