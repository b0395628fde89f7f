// The quadratic forms of a segmentation, and their gradient, on a device.
#ifndef RLOSS_GPU_LAUNCH_FORMS_LAUNCHER_H_
#define RLOSS_GPU_LAUNCH_FORMS_LAUNCHER_H_

#include <cstdint>

#include "../driver/device_interface.h"
#include "../kernels/forms_layout.h"
#include "lattice_builder.h"

namespace rloss {
namespace gpu {

// A batch of images in the device's memory, Real of `type`. All sizes > 0.
struct ImageBatch {
  const void* image;  // [images][points / width][width][colours]
  int64_t images, points, width;
  int colours;
  float sigma_xy, sigma_rgb;
  ValueType type;
  bool equalized = false;  // the lattices

  Problem problem() const {
    return {images, points, {colours + 2, type}, equalized};
  }
  uint64_t feature_bytes() const {
    return uint64_t(images) * points * (colours + 2) * RealBytes(type);
  }
};

// Writes the pixels' features, of which LatticeBuilder makes their lattices, to
// `features`, memory of the device of feature_bytes().
Error LaunchFeatures(const ImageBatch& batch, Device* device, void* features);

// Computes the forms of `values` on the lattices of a batch: R W R S and the
// rest of FormsTarget. `temporary` memory may be freed once the call has
// returned.
Error LaunchForms(const BuiltLattice& lattice, const FormsValues& values,
                  Device* device, const Allocate& temporary,
                  const FormsTarget& target);

// The sums of the forms of `images` images without a pixel: zeros.
Error LaunchZeroSums(ValueType type, int64_t images, int64_t channels,
                     Device* device, const FormsTarget& target);

// gradient [images][points][channels] = 2 within_k filtered_k + degree_k
// degrees.
Error LaunchMixForms(const FormsDerivatives& forms, ValueType type,
                     int64_t images, int64_t points, int64_t channels,
                     Device* device, void* gradient);

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_LAUNCH_FORMS_LAUNCHER_H_
