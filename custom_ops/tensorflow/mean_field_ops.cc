// Declares the ops of an update of mean field and of its gradient: names, types
// and shapes. Their kernels are in mean_field_{cpu,xla}.cc.
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

REGISTER_OP("Rloss>MeanFieldUpdateGradient")
    .Input("probs: T")
    .Input("by_probs: T")
    .Input("lattices: M * variant")
    .Input("before: M * T")
    .Input("after: M * T")
    .Output("by_logits: T")
    .Output("by_values: M * T")
    .Attr("T: {float, double}")
    .Attr("M: int >= 1")
    .SetShapeFn([](tensorflow::shape_inference::InferenceContext* c) {
      for (int i = 0; i < c->num_outputs(); ++i) c->set_output(i, c->input(0));
      return absl::OkStatus();
    })
    .Doc(R"doc(
The gradient of MeanFieldUpdate by its logits and its values:

by_logits = probs (by_probs - sum_c probs_c by_probs_c)
by_values_m = before_m W_m (after_m by_logits)

probs: (B, N, C), the output of MeanFieldUpdate.
by_probs: (B, N, C), the incoming gradient.
lattices, before, after: those of MeanFieldUpdate.
by_logits: (B, N, C).
by_values: (B, N, C) each.
)doc");

}  // namespace rloss
