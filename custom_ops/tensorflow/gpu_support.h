// Functions that GPU kernels share: they open TensorFlow's stream, allocate its
// memory, and build a lattice without blocking a thread.
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

namespace rloss {

template <typename T>
constexpr gpu::ValueType ValueTypeOf() {
  if (std::is_same_v<T, double>) return gpu::ValueType::kDouble;
  if (std::is_same_v<T, Eigen::half>) return gpu::ValueType::kHalf;
  if (std::is_same_v<T, Eigen::bfloat16>) return gpu::ValueType::kBfloat16;
  return gpu::ValueType::kFloat;
}

// A message about an argument begins with the argument's name.
inline absl::Status ToStatus(const gpu::Error& error) {
  if (error.empty()) return absl::OkStatus();
  return error[0] == '`' ? absl::InvalidArgumentError(error)
                         : absl::InternalError(error);
}

inline BatchError BatchErrorOf(const gpu::PointFault& fault) {
  return {fault.image,
          {fault.out_of_range ? FeatureError::Kind::kOutOfRange
                              : FeatureError::Kind::kNotFinite,
           fault.point}};
}

// Opens the stream on which the op's inputs are ready.
absl::Status OpenStream(OpKernelContext* context, gpu::CudaDevice* device);

// Pieces of the GPU's memory from TensorFlow's allocator. The allocator gives
// freed memory only to later work on the same stream. So memory may be freed as
// soon as all work that uses it is launched.
class GpuMemory {
 public:
  explicit GpuMemory(OpKernelContext* context) : context_(context) {}

  // Returns a function that is valid as long as this object. If it fails,
  // status() tells why.
  gpu::Allocate allocate();
  absl::Status status() const { return status_; }

  // Returns the pieces, which may live longer than the op.
  std::vector<Tensor> Release() { return std::move(pieces_); }

 private:
  OpKernelContext* context_;
  std::vector<Tensor> pieces_;
  absl::Status status_;
};

// A lattice and the memory that holds it.
struct GpuLattice {
  gpu::BuiltLattice built;
  std::vector<Tensor> memory;
};

// Describes a point at fault to the user. `shown` has `numbers` Real for each
// point. Those of the point at fault are copied to the host's memory and handed
// to `describe`, which returns the error.
struct PointReport {
  Tensor shown;  // images x points x numbers; memory of the GPU
  int numbers;
  std::function<absl::Status(const BatchError&, const void*)> describe;
};

// Returns a report that shows the features of the point.
PointReport ReportFeatures(const Tensor& features);

// Builds the lattices of `features`, a tensor (images, points, dim) that is not
// empty. Returns before they are built. When they are, or if that failed, a
// thread of TensorFlow's pool calls `finished`. If even the start fails, the
// calling thread calls it.
void BuildOnGpu(
    OpKernelContext* context, const Tensor& features, gpu::ValueType type,
    bool equalized, PointReport report,
    std::function<void(absl::Status, std::shared_ptr<GpuLattice>)> finished);

// Launches a filter on a lattice. The op's output is ready in stream order.
absl::Status FilterOnGpu(OpKernelContext* context,
                         const gpu::BuiltLattice& lattice, gpu::ValueType type,
                         const Tensor& values, BlurOrder order,
                         Tensor* filtered);

}  // namespace rloss

#endif  // RLOSS_TENSORFLOW_GPU_SUPPORT_H_
