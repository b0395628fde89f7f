// What the GPU kernels share: TensorFlow's stream and memory, and building a
// lattice without blocking a thread.
#ifndef RLOSS_TENSORFLOW_GPU_SUPPORT_H_
#define RLOSS_TENSORFLOW_GPU_SUPPORT_H_

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "../gpu/driver/cuda_device.h"
#include "../gpu/launch/filter_launcher.h"
#include "../gpu/launch/lattice_builder.h"
#include "cpu_support.h"
#include "tensorflow/core/framework/op_kernel.h"

namespace rloss {

template <typename T>
constexpr gpu::ValueType ValueTypeOf() {
  if (std::is_same_v<T, double>) return gpu::ValueType::kDouble;
  if (std::is_same_v<T, Eigen::half>) return gpu::ValueType::kHalf;
  if (std::is_same_v<T, Eigen::bfloat16>) return gpu::ValueType::kBfloat16;
  return gpu::ValueType::kFloat;
}

// What is wrong with an argument begins with its name.
inline absl::Status ToStatus(const gpu::Error& error) {
  if (error.empty()) return absl::OkStatus();
  return error[0] == '`' ? absl::InvalidArgumentError(error)
                         : absl::InternalError(error);
}

// Opens the stream on which the op's inputs are ready.
absl::Status OpenStream(tensorflow::OpKernelContext* context,
                        gpu::CudaDevice* device);

// Pieces of the GPU's memory from TensorFlow's allocator. It hands memory that
// was freed only to work that comes later on the same stream, so it may be
// freed as soon as everything that uses it is launched.
class GpuMemory {
 public:
  explicit GpuMemory(tensorflow::OpKernelContext* context)
      : context_(context) {}

  // Valid as long as this object. After a failure, status() says more.
  gpu::Allocate allocate();
  absl::Status status() const { return status_; }

  // To be kept beyond the op; the context is not used any more.
  std::vector<tensorflow::Tensor> Release() { return std::move(pieces_); }

 private:
  tensorflow::OpKernelContext* context_;
  std::vector<tensorflow::Tensor> pieces_;
  absl::Status status_;
};

// A lattice and the memory it consists of.
struct GpuLattice {
  gpu::BuiltLattice built;
  std::vector<tensorflow::Tensor> memory;
};

// How to say what is wrong with a point: `numbers` Real for each, of which those
// of the point at fault are handed to `describe`, in the host's memory.
struct PointReport {
  tensorflow::Tensor shown;  // images x points x numbers; memory of the GPU
  int numbers;
  std::function<absl::Status(const BatchError&, const void*)> describe;
};

// Shows the features themselves.
PointReport ReportFeatures(const tensorflow::Tensor& features);

// Builds the lattices of `features`, a tensor (images, points, dim) that is
// not empty. Returns before that is done; then calls `finished` from a thread
// of TensorFlow's pool, or from this one if not even the start went well.
void BuildOnGpu(
    tensorflow::OpKernelContext* context, const tensorflow::Tensor& features,
    gpu::ValueType type, bool equalized, PointReport report,
    std::function<void(absl::Status, std::shared_ptr<GpuLattice>)> finished);

// Launches a filter on a lattice. The op's output is ready in stream order.
absl::Status FilterOnGpu(tensorflow::OpKernelContext* context,
                         const gpu::BuiltLattice& lattice, gpu::ValueType type,
                         const tensorflow::Tensor& values, BlurOrder order,
                         tensorflow::Tensor* filtered);

}  // namespace rloss

#endif  // RLOSS_TENSORFLOW_GPU_SUPPORT_H_
