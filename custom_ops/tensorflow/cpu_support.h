// Functions that kernels share: TensorFlow's threads, checks of shapes, error
// messages, number types.
#ifndef RLOSS_TENSORFLOW_CPU_SUPPORT_H_
#define RLOSS_TENSORFLOW_CPU_SUPPORT_H_

#include <functional>
#include <limits>
#include <type_traits>
#include <utility>

#include "../lattice/batch.h"
#include "../lattice/huge_pages.h"
#include "../lattice/shared_loop.h"
#include "../lattice/vertex_key.h"
#include "absl/strings/str_join.h"
#include "registration.h"
#include "tensorflow/core/platform/threadpool.h"

namespace rloss {

// Half types are filtered in float, so that sums do not overflow.
template <typename T>
using RealOf = std::conditional_t<std::is_same_v<T, double>, double, float>;

// Returns TensorFlow's threads. The caller takes part in each loop, and never
// waits for a thread that has not begun. (TensorFlow's own loops hand all tasks
// but the first to other threads and wait for them.)
inline Parallel ThreadsOf(OpKernelContext* context) {
  auto* workers = context->device()->tensorflow_cpu_worker_threads();
  auto* pool = workers->workers;
  const int threads = workers->num_threads;
  return Parallel(
      threads, [pool, threads](int64_t count, const Parallel::Task& task) {
        RunShared(count, task, threads, [pool](std::function<void()> work) {
          pool->Schedule(std::move(work));
        });
      });
}

// Calls allocate_output, and asks for huge pages if the output is large. Not
// all of TensorFlow's allocators reuse memory that was touched before.
inline absl::Status AllocateOutput(OpKernelContext* context, int index,
                                   const TensorShape& shape, Tensor** output) {
  TF_RETURN_IF_ERROR(context->allocate_output(index, shape, output));
  PreferHugePages((*output)->data(), (*output)->TotalBytes());
  return absl::OkStatus();
}

inline absl::Status CheckFeatures(const TensorShape& features) {
  if (features.dims() != 3) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`features` must be (batch, points, features). Received shape ",
        features.DebugString()));
  }
  if (features.dim_size(2) < 1 || features.dim_size(2) > kMaxDim) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`features` must have 1 to ", kMaxDim,
        " features a point, its last dimension. Received shape ",
        features.DebugString()));
  }
  // There are up to D + 1 vertices for each point. 32 bits number them.
  if (features.dim_size(1) * (features.dim_size(2) + 1) >
      std::numeric_limits<int32_t>::max()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`features` has too many points in one image: points times (features "
        "+ 1) must be below 2^31. Received shape ",
        features.DebugString()));
  }
  return absl::OkStatus();
}

// Returns the shape of lattices of such features. It has no channels.
inline BatchShape LatticeShape(const TensorShape& features, bool equalized) {
  return {features.dim_size(0), features.dim_size(1), 0,
          static_cast<int>(features.dim_size(2)), equalized};
}

inline absl::Status CheckValues(const TensorShape& values, int64_t images,
                                int64_t points) {
  if (values.dims() != 3 || values.dim_size(0) != images ||
      values.dim_size(1) != points) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`values` must be (batch, points, channels) with the batch and points "
        "of `features`, (",
        images, ", ", points, ", C). Received shape ", values.DebugString()));
  }
  if (values.dim_size(2) > std::numeric_limits<int32_t>::max() / 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("`values` has too many channels. Received shape ",
                     values.DebugString()));
  }
  return absl::OkStatus();
}

// Returns the error about a point with these features.
template <typename Real>
absl::Status DescribePoint(const BatchError& error, const Real* features,
                           int dim) {
  const bool range = error.error.kind == FeatureError::Kind::kOutOfRange;
  return absl::InvalidArgumentError(absl::StrCat(
      "`features` must be ",
      range ? absl::StrCat("of magnitude up to ", MaxFeature(dim),
                           " (use larger bandwidths, or centre them)")
            : std::string("finite"),
      ". Received features[", error.image, ", ", error.error.point, "] = [",
      absl::StrJoin(absl::MakeConstSpan(features, dim), ", "), "]"));
}

// Returns OK or the error about the first point at fault. `features` are those
// of the whole batch.
template <typename Real>
absl::Status Describe(const BatchError& error, const Real* features,
                      const BatchShape& shape) {
  if (error.ok()) return absl::OkStatus();
  const int64_t point = error.image * shape.points + error.error.point;
  return DescribePoint(error, features + point * shape.dim, shape.dim);
}

// Reads the order of axes from the attributes of a filter.
inline absl::Status GetOrder(OpKernelConstruction* context, BlurOrder* order) {
  bool transpose, symmetric;
  TF_RETURN_IF_ERROR(context->GetAttr("transpose", &transpose));
  TF_RETURN_IF_ERROR(context->GetAttr("symmetric", &symmetric));
  *order = symmetric   ? BlurOrder::kSymmetric
           : transpose ? BlurOrder::kReverse
                       : BlurOrder::kForward;
  return absl::OkStatus();
}

// Calls filter(input, output) with the numbers of two tensors of the same shape
// in the lattice's own type. Half types are converted to and fro.
template <typename T, typename Filter>
absl::Status FilterInReals(OpKernelContext* context, const Tensor& values,
                           Tensor* filtered, Filter filter) {
  using Real = RealOf<T>;
  if constexpr (std::is_same_v<T, Real>) {
    return filter(values.flat<T>().data(), filtered->flat<T>().data());
  } else {
    Tensor input, output;
    for (Tensor* copy : {&input, &output}) {
      TF_RETURN_IF_ERROR(context->allocate_temp(
          tensorflow::DataTypeToEnum<Real>::value, values.shape(), copy));
    }
    input.flat<Real>() = values.flat<T>().template cast<Real>();
    TF_RETURN_IF_ERROR(
        filter(input.flat<Real>().data(), output.flat<Real>().data()));
    filtered->flat<T>() = output.flat<Real>().template cast<T>();
    return absl::OkStatus();
  }
}

}  // namespace rloss

#endif  // RLOSS_TENSORFLOW_CPU_SUPPORT_H_
