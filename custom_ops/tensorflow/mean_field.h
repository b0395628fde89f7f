// What the kernels of MeanFieldUpdate share: a check of shapes.
#ifndef RLOSS_TENSORFLOW_MEAN_FIELD_H_
#define RLOSS_TENSORFLOW_MEAN_FIELD_H_

#include "tensorflow/core/framework/tensor_shape.h"

namespace rloss {

// Of the logits, and of what comes with one kernel.
inline absl::Status CheckUpdate(const tensorflow::TensorShape& logits,
                                const tensorflow::TensorShape& values,
                                const tensorflow::TensorShape& before,
                                const tensorflow::TensorShape& after) {
  if (logits.dims() == 3) {
    tensorflow::TensorShape factors = logits;
    factors.set_dim(2, 1);
    if (values == logits && before == factors && after == factors) {
      return absl::OkStatus();
    }
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "`logits`, `values`, `before` and `after` must be (B, N, C), (B, N, C), "
      "(B, N, 1) and (B, N, 1). Received shapes ",
      logits.DebugString(), ", ", values.DebugString(), ", ",
      before.DebugString(), ", ", after.DebugString()));
}

}  // namespace rloss

#endif  // RLOSS_TENSORFLOW_MEAN_FIELD_H_
