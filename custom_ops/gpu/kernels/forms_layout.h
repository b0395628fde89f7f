// The structs that the host hands to the kernels of the quadratic forms. Both
// sides compile this text, like layout.h.
#ifndef RLOSS_GPU_KERNELS_FORMS_LAYOUT_H_
#define RLOSS_GPU_KERNELS_FORMS_LAYOUT_H_

#include "../../lattice/vertex_key.h"
#include "layout.h"

namespace rloss {
namespace gpu {

// Images or volumes whose pixels are points: their features are position and
// colour times the reciprocals of the bandwidths, as on the CPU.
struct Pixels {
  const void* image;  // Real [images][points][dim - axes]
  double scales[kMaxDim];  // of each feature
  uint32_t axes;  // 2, or 3 in volumes
  uint32_t height, width;
};

// The values S and the factors R of the pixels. On the lattice a channel of
// ones follows the channels of the values.
struct FormsValues {
  const void* values;  // Real [images][points][channels]
  const void* region;  // Real [images][points], or null for all ones
  uint32_t channels;
};

// The results, all Real. W is the affinity of pixels.
struct FormsTarget {
  void* filtered;  // [images][points][channels]  R W R S
  void* degrees;   // [images][points]            R W R 1
  void* within;    // [images][channels]          S_k' R W R S_k
  void* degree;    // [images][channels]          S_k' R W R 1
  void* total;     // [images]                    1' R W R 1
};

// Two results, `filtered` and `degrees`, and the derivatives of a loss with
// respect to two others, `within` and `degree`; all Real.
struct FormsDerivatives {
  const void* filtered;  // [images][points][channels]
  const void* degrees;   // [images][points]
  const void* within;    // [images][channels]
  const void* degree;    // [images][channels]
};

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_KERNELS_FORMS_LAYOUT_H_
