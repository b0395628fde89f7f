// What the files behind c_api.h share.
#ifndef RLOSS_GPU_C_API_C_SUPPORT_H_
#define RLOSS_GPU_C_API_C_SUPPORT_H_

#include "../../lattice/batch.h"
#include "../driver/device_interface.h"
#include "../launch/lattice_builder.h"
#include "c_api.h"
#include "timed_device.h"

struct RlossGpuLattice {
  rloss::gpu::BuiltLattice built;
  int attempts = 0;
};

namespace rloss {
namespace gpu {

// The thread's last error, kept; nullptr if there was none.
const char* Report(Error error);

// The thread's trace; null while none is under way.
EventTrace* CurrentTrace();

// What a call says of features at fault.
Error DescribeFault(const PointFault& fault);
Error DescribeFault(const BatchError& error);

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_C_API_C_SUPPORT_H_
