// Shapes and checks of BilateralForms, for its kernels on all devices.
#ifndef RLOSS_TENSORFLOW_BILATERAL_FORMS_H_
#define RLOSS_TENSORFLOW_BILATERAL_FORMS_H_

#include <cmath>
#include <limits>

#include "../lattice/batch.h"
#include "../lattice/vertex_key.h"
#include "absl/strings/str_join.h"
#include "registration.h"

namespace rloss {

// The attributes of the op, which together with an image define the affinity.
struct BilateralSettings {
  float sigma_xy, sigma_rgb;
  bool equalized;
};

// Reads the settings from an OpKernelConstruction or that of an XLA kernel, and
// checks them.
template <typename Construction>
absl::Status GetSettings(Construction* context, BilateralSettings* settings) {
  TF_RETURN_IF_ERROR(context->GetAttr("sigma_xy", &settings->sigma_xy));
  TF_RETURN_IF_ERROR(context->GetAttr("sigma_rgb", &settings->sigma_rgb));
  TF_RETURN_IF_ERROR(context->GetAttr("equalized", &settings->equalized));
  const auto is_bandwidth = [](float sigma) {
    return sigma > 0 && std::isfinite(sigma);
  };
  if (is_bandwidth(settings->sigma_xy) && is_bandwidth(settings->sigma_rgb)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "`sigma_xy` and `sigma_rgb` must be positive and finite. Received ",
      settings->sigma_xy, " and ", settings->sigma_rgb));
}

inline absl::Status CheckForms(const TensorShape& values,
                               const TensorShape& image,
                               const TensorShape& region) {
  if (image.dims() != 4 || image.dim_size(3) < 1 ||
      image.dim_size(3) > kMaxDim - 2) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`image` must be (batch, height, width, colours) with 1 to ",
        kMaxDim - 2, " colours. Received shape ", image.DebugString()));
  }
  TensorShape pixels = image;
  pixels.RemoveDim(3);
  if (pixels.num_elements() * (image.dim_size(3) + 3) >
      std::numeric_limits<int32_t>::max()) {
    return absl::InvalidArgumentError(
        absl::StrCat("`image` has too many pixels: pixels times (colours + 3) "
                     "must be below 2^31. Received shape ",
                     image.DebugString()));
  }
  TensorShape sized = pixels;
  sized.AddDim(values.dims() == 4 ? values.dim_size(3) : 0);
  if (values != sized || values.dim_size(3) < 1 ||
      values.dim_size(3) > std::numeric_limits<int32_t>::max() / 2) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`values` must be (batch, height, width, channels), at least one "
        "channel, of the size of `image`, ",
        pixels.DebugString(), ". Received shape ", values.DebugString()));
  }
  TensorShape masked = pixels;
  masked.AddDim(1);
  if (region.num_elements() == 0 || region == masked) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "`region` must be ", masked.DebugString(),
      " or have no elements. Received shape ", region.DebugString()));
}

inline absl::Status CheckFormsGradient(const TensorShape& filtered,
                                       const TensorShape& degrees,
                                       const TensorShape& within,
                                       const TensorShape& degree) {
  if (filtered.dims() == 4) {
    TensorShape pixels = filtered;
    pixels.set_dim(3, 1);
    const TensorShape sums{filtered.dim_size(0), filtered.dim_size(3)};
    if (degrees == pixels && within == sums && degree == sums) {
      return absl::OkStatus();
    }
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "`filtered`, `degrees`, `within` and `degree` must be (B, H, W, C), (B, "
      "H, W, 1), (B, C) and (B, C). Received shapes ",
      filtered.DebugString(), ", ", degrees.DebugString(), ", ",
      within.DebugString(), ", ", degree.DebugString()));
}

// Returns the shape of the output `index`.
inline TensorShape FormsOutputShape(const TensorShape& values, int index) {
  TensorShape shape = values;
  if (index == 1) shape.set_dim(3, 1);
  if (index >= 2) shape.RemoveDimRange(1, 3);
  if (index == 4) shape.RemoveDim(1);
  return shape;
}

inline BatchShape FormsBatchShape(const TensorShape& values,
                                  const TensorShape& image) {
  return {values.dim_size(0), values.dim_size(1) * values.dim_size(2),
          static_cast<int>(values.dim_size(3)),
          static_cast<int>(image.dim_size(3)) + 2};
}

// Returns the error about the first pixel at fault, which has these colours.
template <typename Real>
absl::Status DescribePixel(const BatchError& error, const Real* colours,
                           const BatchImages<Real>& pixels,
                           const BatchShape& shape) {
  const int64_t y = error.error.point / pixels.width;
  const int64_t x = error.error.point % pixels.width;
  const bool range = error.error.kind == FeatureError::Kind::kOutOfRange;
  return absl::InvalidArgumentError(absl::StrCat(
      "`image` must be ",
      range ? absl::StrCat(
                  "such that positions / sigma_xy and colours / sigma_rgb are "
                  "of magnitude up to ",
                  MaxFeature(shape.dim), " (use larger bandwidths)")
            : std::string("finite"),
      ". Received image[", error.image, ", ", y, ", ", x, "] = [",
      absl::StrJoin(absl::MakeConstSpan(colours, pixels.colours), ", "),
      "] with sigma_xy = ", pixels.sigma_xy,
      " and sigma_rgb = ", pixels.sigma_rgb));
}

// Returns OK or the error about the first pixel at fault, whose colours it
// finds in pixels.image.
template <typename Real>
absl::Status DescribePixel(const BatchError& error,
                           const BatchImages<Real>& pixels,
                           const BatchShape& shape) {
  if (error.ok()) return absl::OkStatus();
  const int64_t pixel = error.image * shape.points + error.error.point;
  return DescribePixel(error, pixels.image + pixel * pixels.colours, pixels,
                       shape);
}

}  // namespace rloss

#endif  // RLOSS_TENSORFLOW_BILATERAL_FORMS_H_
