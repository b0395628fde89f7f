// Code that the files behind c_api.h share.
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

// Keeps the error as the last one of this thread and returns its text, or
// nullptr if there is none.
const char* Report(Error error);

// Returns the trace of this thread, or null if there is none.
EventTrace* CurrentTrace();

// Returns the message about features that no lattice can hold.
Error DescribeFault(const PointFault& fault);
Error DescribeFault(const BatchError& error);

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_C_API_C_SUPPORT_H_
