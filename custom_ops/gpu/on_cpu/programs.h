// The kernels, compiled for this processor from the same text.
#ifndef RLOSS_GPU_ON_CPU_PROGRAMS_H_
#define RLOSS_GPU_ON_CPU_PROGRAMS_H_

#include "../driver/device_interface.h"

namespace rloss {
namespace gpu {
namespace shim {

// Calls a kernel on the current thread.
using Entry = void (*)(void** arguments);

struct Entries {
  Entry of_kernel[kKernels];
};

const Entries& FloatPrograms(int dim);
const Entries& DoublePrograms(int dim);
const Entries& HalfPrograms(int dim);
const Entries& Bfloat16Programs(int dim);

}  // namespace shim
}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_ON_CPU_PROGRAMS_H_
