// Checks of shapes for the kernels of MeanFieldUpdate and its gradient.
#ifndef RLOSS_TENSORFLOW_MEAN_FIELD_H_
#define RLOSS_TENSORFLOW_MEAN_FIELD_H_

#include "registration.h"

namespace rloss {

// Checks the factors of one kernel. `probs` is the shape of the probabilities,
// which logits and values have too.
inline absl::Status CheckFactors(const TensorShape& probs,
                                 const TensorShape& before,
                                 const TensorShape& after) {
  if (probs.dims() == 3) {
    TensorShape factors = probs;
    factors.set_dim(2, 1);
    if (before == factors && after == factors) return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "`before` and `after` must be (B, N, 1) for logits of (B, N, C). Received "
      "shapes ",
      before.DebugString(), " and ", after.DebugString(), " for ",
      probs.DebugString()));
}

// Checks that the argument `name` has the shape of the probabilities.
inline absl::Status CheckLike(const TensorShape& probs, absl::string_view name,
                              const TensorShape& shape) {
  if (shape == probs) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "`", name, "` must have the shape of the logits, ", probs.DebugString(),
      ". Received shape ", shape.DebugString()));
}

}  // namespace rloss

#endif  // RLOSS_TENSORFLOW_MEAN_FIELD_H_
