// The op of an update of mean field: name, types, shapes. Its CPU kernel is in
// mean_field_cpu.cc.
#include "tensorflow/core/framework/common_shape_fns.h"
#include "tensorflow/core/framework/op.h"

namespace rloss {

REGISTER_OP("Rloss>MeanFieldUpdate")
    .Input("logits: T")
    .Input("values: M * T")
    .Input("lattices: M * variant")
    .Input("before: M * T")
    .Input("after: M * T")
    .Output("probs: T")
    .Attr("T: {float, double}")
    .Attr("M: int >= 1")
    .SetShapeFn(tensorflow::shape_inference::UnchangedShape)
    .Doc(R"doc(
Filters the values of M kernels and takes the softmax of their sum:

probs = softmax(logits + sum_m after_m W_m (before_m values_m)) over the last
dimension, with the symmetric W of PermutohedralLatticeFilter.

logits: (B, N, C).
values: (B, N, C) each.
lattices: from PermutohedralLattice, with B lattices of N points each.
before: (B, N, 1) each.
after: (B, N, 1) each.
probs: (B, N, C).
)doc");

}  // namespace rloss
