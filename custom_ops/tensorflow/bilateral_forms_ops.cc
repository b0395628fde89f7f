// Declares the ops of the quadratic forms of a segmentation: names, types and
// shapes. Their kernels are in bilateral_forms_{cpu,gpu,xla}.cc.
#include <vector>

#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/shape_inference.h"

namespace rloss {
namespace {

using ::tensorflow::shape_inference::DimensionHandle;
using ::tensorflow::shape_inference::InferenceContext;
using ::tensorflow::shape_inference::ShapeHandle;

absl::Status FormsShape(InferenceContext* c) {
  ShapeHandle values, image, batch, pixels;
  std::vector<float> sigma_xyz;
  TF_RETURN_IF_ERROR(c->GetAttr("sigma_xyz", &sigma_xyz));
  const int last = static_cast<int>(sigma_xyz.size()) + 1;
  TF_RETURN_IF_ERROR(c->WithRank(c->input(0), last + 1, &values));
  TF_RETURN_IF_ERROR(c->WithRank(c->input(1), last + 1, &image));
  TF_RETURN_IF_ERROR(c->Subshape(values, 0, last, &pixels));
  TF_RETURN_IF_ERROR(c->Subshape(image, 0, last, &image));
  TF_RETURN_IF_ERROR(c->Merge(pixels, image, &pixels));
  TF_RETURN_IF_ERROR(c->Subshape(pixels, 0, 1, &batch));
  const ShapeHandle channels = c->Vector(c->Dim(values, last));
  ShapeHandle filtered, degrees, sums;
  TF_RETURN_IF_ERROR(c->Concatenate(pixels, channels, &filtered));
  TF_RETURN_IF_ERROR(c->Concatenate(pixels, c->Vector(1), &degrees));
  TF_RETURN_IF_ERROR(c->Concatenate(batch, channels, &sums));
  c->set_output(0, filtered);
  c->set_output(1, degrees);
  c->set_output(2, sums);
  c->set_output(3, sums);
  c->set_output(4, batch);
  return absl::OkStatus();
}

}  // namespace

REGISTER_OP("Rloss>BilateralForms")
    .Input("values: T")
    .Input("image: T")
    .Input("region: T")
    .Output("filtered: T")
    .Output("degrees: T")
    .Output("within: T")
    .Output("degree: T")
    .Output("total: T")
    .Attr("T: {float, double}")
    .Attr("sigma_xyz: list(float) >= 2")
    .Attr("sigma_color: list(float) >= 1")
    .Attr("equalized: bool = false")
    .SetShapeFn(FormsShape)
    .Doc(R"doc(
The quadratic forms of the channels S_k of `values` in the bilateral affinity of an
image or volume: W is the symmetric filter of PermutohedralFilter with the features
(x, y) or (x, y, z) / sigma_xyz and image / sigma_color, equalized or not, and
R = diag(region). Volumes have a depth D before H.

values: (B, H, W, C).
image: (B, H, W, I), I from 1 to 6; in volumes to 5.
sigma_xyz: two numbers for images, three for volumes.
sigma_color: one number, or I.
region: (B, H, W, 1), or with no elements for all ones.
filtered: (B, H, W, C), R W R S.
degrees: (B, H, W, 1), R W R 1.
within: (B, C), S_k' R W R S_k.
degree: (B, C), S_k' R W R 1.
total: (B), 1' R W R 1.
)doc");

REGISTER_OP("Rloss>BilateralFormsGradient")
    .Input("filtered: T")
    .Input("degrees: T")
    .Input("within: T")
    .Input("degree: T")
    .Output("gradient: T")
    .Attr("T: {float, double}")
    .SetShapeFn([](InferenceContext* c) {
      ShapeHandle filtered;
      TF_RETURN_IF_ERROR(c->WithRankAtLeast(c->input(0), 4, &filtered));
      TF_RETURN_IF_ERROR(c->WithRankAtMost(filtered, 5, &filtered));
      c->set_output(0, filtered);
      return absl::OkStatus();
    })
    .Doc(R"doc(
The gradient of `within` and `degree` of BilateralForms with respect to its
`values`: gradient_k = 2 within_k filtered_k + degree_k degrees.

filtered: (B, H, W, C) or (B, D, H, W, C), the output of BilateralForms.
degrees: (B, H, W, 1) or (B, D, H, W, 1), the output of BilateralForms.
within: (B, C), the incoming gradient of `within`.
degree: (B, C), the incoming gradient of `degree`.
gradient: the shape of `filtered`.
)doc");

}  // namespace rloss
