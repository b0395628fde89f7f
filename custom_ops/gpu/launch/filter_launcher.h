// Filters values on a lattice in the memory of a device.
#ifndef RLOSS_GPU_LAUNCH_FILTER_LAUNCHER_H_
#define RLOSS_GPU_LAUNCH_FILTER_LAUNCHER_H_

#include <cstdint>

#include "../../lattice/lattice.h"
#include "../driver/device_interface.h"
#include "lattice_builder.h"

namespace rloss {
namespace gpu {

// Filters `values` to `output`, both [images][points][channels] of `type` in
// the memory of the device. If `type` is double, the lattice must have been
// built for double, else for another type. Memory of `temporary` may be freed
// once the call has returned.
Error LaunchFilter(const BuiltLattice& lattice, ValueType type,
                   const void* values, int64_t channels, BlurOrder order,
                   Device* device, const Allocate& temporary, void* output);

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_LAUNCH_FILTER_LAUNCHER_H_
