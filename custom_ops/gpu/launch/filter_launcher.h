// Filters values on a lattice that a device holds.
#ifndef RLOSS_GPU_LAUNCH_FILTER_LAUNCHER_H_
#define RLOSS_GPU_LAUNCH_FILTER_LAUNCHER_H_

#include <cstdint>

#include "../../lattice/lattice.h"
#include "../driver/device_interface.h"
#include "lattice_builder.h"

namespace rloss {
namespace gpu {

// values, output [images][points][channels] of `type`, memory of the device;
// the sums of `type` must be in the Real of the lattice. `temporary` memory
// may be freed once the call has returned.
Error LaunchFilter(const BuiltLattice& lattice, ValueType type,
                   const void* values, int64_t channels, BlurOrder order,
                   Device* device, const Allocate& temporary, void* output);

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_LAUNCH_FILTER_LAUNCHER_H_
