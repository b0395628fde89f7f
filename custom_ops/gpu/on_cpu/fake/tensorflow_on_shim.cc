// Registers the ops' GPU kernels for the CPU. With the stand-ins for NVIDIA's
// libraries, TensorFlow then runs them where there is no GPU. All code is that
// of the real kernels, except for OpenStream().
#include "../../../tensorflow/gpu_support.h"
#include "tensorflow/core/framework/variant.h"
#include "tensorflow/core/framework/variant_op_registry.h"
#include "tensorflow/core/framework/variant_tensor_data.h"

#define DEVICE_GPU DEVICE_CPU

#include "../../../tensorflow/bilateral_forms_gpu.cc"
#include "../../../tensorflow/bilateral_forms_ops.cc"
#include "../../../tensorflow/gpu_support.cc"
#include "../../../tensorflow/permutohedral_filter_gpu.cc"
#include "../../../tensorflow/permutohedral_lattice_gpu.cc"
#include "../../../tensorflow/permutohedral_ops.cc"

namespace rloss {

absl::Status OpenStream(tensorflow::OpKernelContext*,
                        gpu::CudaDevice* device) {
  return ToStatus(device->Open(nullptr));
}

}  // namespace rloss
