// Declares the ops of filters and lattices: names, types and shapes. Their
// kernels are in permutohedral_{filter,lattice}_{cpu,gpu}.cc and
// permutohedral_ops_xla.cc.
#include "tensorflow/core/framework/common_shape_fns.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/shape_inference.h"

namespace rloss {
namespace {

using ::tensorflow::shape_inference::DimensionHandle;
using ::tensorflow::shape_inference::InferenceContext;
using ::tensorflow::shape_inference::ShapeHandle;

absl::Status FilterShape(InferenceContext* c) {
  ShapeHandle values, features;
  TF_RETURN_IF_ERROR(c->WithRank(c->input(0), 3, &values));
  TF_RETURN_IF_ERROR(c->WithRank(c->input(1), 3, &features));
  DimensionHandle batch, points;
  TF_RETURN_IF_ERROR(
      c->Merge(c->Dim(values, 0), c->Dim(features, 0), &batch));
  TF_RETURN_IF_ERROR(
      c->Merge(c->Dim(values, 1), c->Dim(features, 1), &points));
  c->set_output(0, c->MakeShape({batch, points, c->Dim(values, 2)}));
  return absl::OkStatus();
}

}  // namespace

REGISTER_OP("Rloss>PermutohedralFilter")
    .Input("values: T")
    .Input("features: F")
    .Output("filtered: T")
    .Attr("T: {half, bfloat16, float, double}")
    .Attr("F: {float, double}")
    .Attr("transpose: bool = false")
    .Attr("symmetric: bool = false")
    .Attr("equalized: bool = false")
    .SetShapeFn(FilterShape)
    .Doc(R"doc(
Gaussian filtering on a permutohedral lattice, unnormalised.

filtered[b, p] is approximately
  sum_q exp(-|features[b, p] - features[b, q]|^2 / 2) values[b, q].

values: (B, N, C).
features: (B, N, D), D from 1 to 8, divided by the bandwidths; double where
  values are double, else float.
transpose: blur along the axes in reverse order: the adjoint filter.
symmetric: the mean of both orders, which is its own adjoint.
equalized: a lattice on which the affinity of every point with itself is one.
filtered: (B, N, C).
)doc");

REGISTER_OP("Rloss>PermutohedralLattice")
    .Input("features: F")
    .Output("lattice: variant")
    .Attr("F: {float, double}")
    .Attr("equalized: bool = false")
    // The op is stateful so that nobody folds it: its output cannot be a
    // constant of the graph.
    .SetIsStateful()
    .SetShapeFn(tensorflow::shape_inference::ScalarShape)
    .Doc(R"doc(
Builds the lattices of a batch of point sets, for many filters on them.

features, equalized: as in PermutohedralFilter.
lattice: holds B lattices; lives in memory only, cannot be saved.
)doc");

REGISTER_OP("Rloss>PermutohedralLatticeFilter")
    .Input("values: T")
    .Input("lattice: variant")
    .Output("filtered: T")
    .Attr("T: {half, bfloat16, float, double}")
    .Attr("transpose: bool = false")
    .Attr("symmetric: bool = false")
    .SetShapeFn([](InferenceContext* c) {
      ShapeHandle values, lattice;
      TF_RETURN_IF_ERROR(c->WithRank(c->input(0), 3, &values));
      TF_RETURN_IF_ERROR(c->WithRank(c->input(1), 0, &lattice));
      c->set_output(0, values);
      return absl::OkStatus();
    })
    .Doc(R"doc(
PermutohedralFilter on lattices that PermutohedralLattice built.

values: (B, N, C) with the B and N of the lattices' features.
)doc");

}  // namespace rloss
