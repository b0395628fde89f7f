// Computes the quadratic forms of a segmentation, and their gradient, on a
// device.
#ifndef RLOSS_GPU_LAUNCH_FORMS_LAUNCHER_H_
#define RLOSS_GPU_LAUNCH_FORMS_LAUNCHER_H_

#include <cstdint>

#include "../driver/device_interface.h"
#include "../../lattice/image_grid.h"
#include "../kernels/forms_layout.h"
#include "lattice_builder.h"

namespace rloss {
namespace gpu {

// A batch of images or volumes in the device's memory: double if `type` is
// double, else float. All sizes are positive.
struct ImageBatch {
  const void* image;  // [images][points][colours]
  int64_t images, points;
  ImageGrid grid;
  ValueType type;
  bool equalized = false;  // whether the lattices are

  Problem problem() const {
    return {images, points, {grid.dim(), type}, equalized};
  }
  uint64_t feature_bytes() const {
    return uint64_t(images) * points * grid.dim() * RealBytes(type);
  }
};

// Writes the pixels' features, which LatticeBuilder takes, to `features`:
// batch.feature_bytes() bytes of the device's memory.
Error LaunchFeatures(const ImageBatch& batch, Device* device, void* features);

// Computes the forms of `values` on the lattices of a batch and writes them to
// `target`. Memory of `temporary` may be freed once the call has returned.
Error LaunchForms(const BuiltLattice& lattice, const FormsValues& values,
                  Device* device, const Allocate& temporary,
                  const FormsTarget& target);

// Sets the sums in `target` to zero: the forms of `images` images without
// pixels.
Error LaunchZeroSums(ValueType type, int64_t images, int64_t channels,
                     Device* device, const FormsTarget& target);

// Computes the gradient of a loss with respect to the values:
// gradient [images][points][channels] = 2 within_k filtered_k + degree_k
// degrees.
Error LaunchMixForms(const FormsDerivatives& forms, ValueType type,
                     int64_t images, int64_t points, int64_t channels,
                     Device* device, void* gradient);

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_LAUNCH_FORMS_LAUNCHER_H_
