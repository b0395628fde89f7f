// What the host hands to the kernels of the quadratic forms. Like layout.h,
// text for both sides.
#ifndef RLOSS_GPU_DEVICE_FORMS_LAYOUT_H_
#define RLOSS_GPU_DEVICE_FORMS_LAYOUT_H_

#include "layout.h"

namespace rloss {
namespace gpu {

// Images whose pixels are points: their features are position and colour times
// the reciprocals of the bandwidths, as on the CPU.
struct Pixels {
  const void* image;  // Real [images][points][dim - 2]
  double position_scale, colour_scale;
  uint32_t width;
};

// The values S and the factors R of the pixels. On the lattice a channel of
// ones follows those of the values.
struct FormsValues {
  const void* values;  // Real [images][points][channels]
  const void* region;  // Real [images][points], or null for all ones
  uint32_t channels;
};

// All Real.
struct FormsTarget {
  void* filtered;  // [images][points][channels]  R W R S
  void* degrees;   // [images][points]            R W R 1
  void* within;    // [images][channels]          S_k' R W R S_k
  void* degree;    // [images][channels]          S_k' R W R 1
  void* total;     // [images]                    1' R W R 1
};

// Two of these and the derivatives of a loss by two others; all Real.
struct FormsDerivatives {
  const void* filtered;  // [images][points][channels]
  const void* degrees;   // [images][points]
  const void* within;    // [images][channels]
  const void* degree;    // [images][channels]
};

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_DEVICE_FORMS_LAYOUT_H_
