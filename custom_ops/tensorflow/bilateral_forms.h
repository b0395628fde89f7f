// Shapes and checks of BilateralForms, for its kernels on all devices.
#ifndef RLOSS_TENSORFLOW_BILATERAL_FORMS_H_
#define RLOSS_TENSORFLOW_BILATERAL_FORMS_H_

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "../lattice/batch.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "registration.h"

namespace rloss {

// The attributes of the op, which together with an image define the affinity.
struct BilateralSettings {
  std::vector<float> sigma_xyz;    // of x and y, or of x, y and z
  std::vector<float> sigma_color;  // of all colours, or of each
  bool equalized;

  int axes() const { return static_cast<int>(sigma_xyz.size()); }

  // Returns the bandwidths of all features of an image in so many colours.
  std::vector<float> Sigma(int64_t colours) const {
    std::vector<float> sigma = sigma_xyz;
    for (int64_t c = 0; c < colours; ++c) {
      sigma.push_back(sigma_color[sigma_color.size() == 1 ? 0 : c]);
    }
    return sigma;
  }
};

// Reads the settings from an OpKernelConstruction or that of an XLA kernel, and
// checks them.
template <typename Construction>
absl::Status GetSettings(Construction* context, BilateralSettings* settings) {
  TF_RETURN_IF_ERROR(context->GetAttr("sigma_xyz", &settings->sigma_xyz));
  TF_RETURN_IF_ERROR(context->GetAttr("sigma_color", &settings->sigma_color));
  TF_RETURN_IF_ERROR(context->GetAttr("equalized", &settings->equalized));
  const auto are_bandwidths = [](const std::vector<float>& sigma) {
    return std::all_of(sigma.begin(), sigma.end(), [](float one) {
      return one > 0 && std::isfinite(one);
    });
  };
  if (settings->axes() > 3) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`sigma_xyz` must be 2 or 3 numbers. Received ", settings->axes()));
  }
  if (are_bandwidths(settings->sigma_xyz) &&
      are_bandwidths(settings->sigma_color)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "`sigma_xyz` and `sigma_color` must be positive and finite. Received ",
      absl::StrJoin(settings->sigma_xyz, ", "), " and ",
      absl::StrJoin(settings->sigma_color, ", ")));
}

inline absl::Status CheckForms(const BilateralSettings& settings,
                               const TensorShape& values,
                               const TensorShape& image,
                               const TensorShape& region) {
  const int axes = settings.axes();
  const char* sizes = axes == 2 ? "height, width" : "depth, height, width";
  const int most = kMaxDim - axes;
  if (image.dims() != axes + 2 || image.dim_size(axes + 1) < 1 ||
      image.dim_size(axes + 1) > most) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`image` must be (batch, ", sizes, ", colours) with 1 to ", most,
        " colours. Received shape ", image.DebugString()));
  }
  const int64_t colours = image.dim_size(axes + 1);
  const size_t given = settings.sigma_color.size();
  if (given != 1 && given != colours) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`sigma_color` must be one number, or one for each of the ", colours,
        " colours of `image`. Received ", given, " numbers"));
  }
  TensorShape pixels = image;
  pixels.RemoveLastDims(1);
  if (pixels.num_elements() * (colours + axes + 1) >
      std::numeric_limits<int32_t>::max()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`image` has too many pixels: pixels times (colours + ", axes + 1,
        ") must be below 2^31. Received shape ", image.DebugString()));
  }
  TensorShape sized = pixels;
  sized.AddDim(values.dims() == axes + 2 ? values.dim_size(axes + 1) : 0);
  if (values != sized || values.dim_size(axes + 1) < 1 ||
      values.dim_size(axes + 1) > std::numeric_limits<int32_t>::max() / 2) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`values` must be (batch, ", sizes, ", channels), at least one "
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
  const int last = filtered.dims() - 1;
  if (last == 3 || last == 4) {
    TensorShape pixels = filtered;
    pixels.set_dim(last, 1);
    const TensorShape sums{filtered.dim_size(0), filtered.dim_size(last)};
    if (degrees == pixels && within == sums && degree == sums) {
      return absl::OkStatus();
    }
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "`filtered`, `degrees`, `within` and `degree` must be (B, H, W, C), (B, "
      "H, W, 1), (B, C) and (B, C), the first two with a depth D before H in "
      "volumes. Received shapes ",
      filtered.DebugString(), ", ", degrees.DebugString(), ", ",
      within.DebugString(), ", ", degree.DebugString()));
}

// Returns the shape of the output `index`.
inline TensorShape FormsOutputShape(const TensorShape& values, int index) {
  TensorShape shape = values;
  const int last = shape.dims() - 1;
  if (index == 1) shape.set_dim(last, 1);
  if (index >= 2) shape.RemoveDimRange(1, last);
  if (index == 4) shape.RemoveDim(1);
  return shape;
}

// Returns the grid of an image or volume of these sizes; `sigma` has the
// bandwidths of all features. A volume of one slice is an image.
inline ImageGrid GridOf(absl::Span<const int64_t> image, const float* sigma) {
  const int last = static_cast<int>(image.size()) - 1;
  ImageGrid grid{last - 1, image[last - 2], image[last - 1],
                 static_cast<int>(image[last])};
  if (last == 4 && image[1] == 1) grid.axes = 2;
  std::copy_n(sigma, grid.axes, grid.sigma);
  std::copy_n(sigma + last - 1, grid.colours, grid.sigma + grid.axes);
  return grid;
}

// Returns the sizes of a problem whose values have this shape.
inline BatchShape FormsBatchShape(absl::Span<const int64_t> values, int dim = 0,
                                  bool equalized = false) {
  BatchShape shape{values.front(), 1, static_cast<int>(values.back()), dim,
                   equalized};
  for (size_t i = 1; i + 1 < values.size(); ++i) shape.points *= values[i];
  return shape;
}

// Returns the numbers as text: one, if all are the same.
inline std::string SigmaText(absl::Span<const float> sigma) {
  const bool same = std::count(sigma.begin(), sigma.end(), sigma[0]) ==
                    static_cast<int64_t>(sigma.size());
  return same ? absl::StrCat(sigma[0])
              : absl::StrCat("[", absl::StrJoin(sigma, ", "), "]");
}

// Returns the error about the first pixel at fault, which has these colours.
template <typename Real>
absl::Status DescribePixel(const BatchError& error, const Real* colours,
                           const ImageGrid& grid) {
  const int64_t row = error.error.point / grid.width;
  std::vector<int64_t> place{row % grid.height, error.error.point % grid.width};
  if (grid.axes == 3) place.insert(place.begin(), row / grid.height);
  const char* sigma_name = grid.axes == 2 ? "sigma_xy" : "sigma_xyz";
  const bool range = error.error.kind == FeatureError::Kind::kOutOfRange;
  return absl::InvalidArgumentError(absl::StrCat(
      "`image` must be ",
      range ? absl::StrCat("such that positions / ", sigma_name,
                           " and colours / sigma_color are of magnitude up to ",
                           MaxFeature(grid.dim()), " (use larger bandwidths)")
            : std::string("finite"),
      ". Received image[", error.image, ", ", absl::StrJoin(place, ", "),
      "] = [", absl::StrJoin(absl::MakeConstSpan(colours, grid.colours), ", "),
      "] with ", sigma_name, " = ", SigmaText({grid.sigma, size_t(grid.axes)}),
      " and sigma_color = ",
      SigmaText({grid.sigma + grid.axes, size_t(grid.colours)})));
}

// Returns OK or the error about the first pixel at fault, whose colours it
// finds in pixels.image.
template <typename Real>
absl::Status DescribePixel(const BatchError& error,
                           const BatchImages<Real>& pixels, int64_t points) {
  if (error.ok()) return absl::OkStatus();
  const int64_t pixel = error.image * points + error.error.point;
  return DescribePixel(error, pixels.image + pixel * pixels.grid.colours,
                       pixels.grid);
}

}  // namespace rloss

#endif  // RLOSS_TENSORFLOW_BILATERAL_FORMS_H_
