// XLA kernels of MeanFieldUpdate and its gradient. Filters are custom calls.
// XLA fuses the ops between them.
#include <vector>

#include "mean_field.h"
#include "xla/hlo/builder/lib/arithmetic.h"
#include "xla/hlo/builder/lib/constants.h"
#include "xla_support.h"

namespace rloss {
namespace {

// Returns numbers (B, N, C) times factors (B, N, 1).
xla::XlaOp Times(xla::XlaOp numbers, xla::XlaOp factors,
                 const TensorShape& shape) {
  const xla::XlaOp of_points =
      xla::Reshape(factors, {shape.dim_size(0), shape.dim_size(1)});
  return xla::Mul(numbers, of_points, {0, 1});
}

xla::XlaOp SumOverChannels(xla::XlaOp numbers, xla::PrimitiveType type) {
  xla::XlaBuilder* builder = numbers.builder();
  return xla::Reduce(numbers, xla::Zero(builder, type),
                     xla::CreateScalarAddComputation(type, builder), {2});
}

// The op's inputs are two or more tensors, the first of which has the shape of
// the probabilities, then `lattices`, `before` and `after`, each with one input
// for each kernel of mean field.
class MeanFieldKernel : public XlaOpKernel {
 public:
  explicit MeanFieldKernel(OpKernelConstruction* context)
      : XlaOpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("M", &kernels_));
  }

 protected:
  // Returns after W (before numbers) of kernel `m`, or its transpose, where
  // `before` and `after` change places.
  absl::StatusOr<xla::XlaOp> Filter(XlaOpKernelContext* context, int m,
                                    xla::XlaOp numbers, bool transposed) {
    const TensorShape shape = context->InputShape(0);
    const int lattices = context->num_inputs() - 3 * kernels_;
    int before = lattices + kernels_ + m, after = before + kernels_;
    TF_RETURN_IF_ERROR(CheckFactors(shape, context->InputShape(before),
                                    context->InputShape(after)));
    if (transposed) std::swap(before, after);
    TF_ASSIGN_OR_RETURN(LatticeRecipe lattice,
                        RecipeOf(context->Input(lattices + m),
                                 context->input_xla_type(0) == xla::F64));
    TF_ASSIGN_OR_RETURN(
        xla::XlaOp filtered,
        CallFilter(Times(numbers, context->Input(before), shape), lattice,
                   BlurOrder::kSymmetric));
    return Times(filtered, context->Input(after), shape);
  }
  int kernels() const { return kernels_; }

 private:
  int kernels_;
};

class MeanFieldUpdateXla : public MeanFieldKernel {
 public:
  using MeanFieldKernel::MeanFieldKernel;
  void Compile(XlaOpKernelContext* context) override {
    const TensorShape shape = context->InputShape(0);
    xla::XlaOp total = context->Input(0);
    for (int m = 0; m < kernels(); ++m) {
      OP_REQUIRES_OK(context,
                     CheckLike(shape, "values", context->InputShape(1 + m)));
      absl::StatusOr<xla::XlaOp> message =
          Filter(context, m, context->Input(1 + m), false);
      OP_REQUIRES_OK(context, message.status());
      total = total + *message;
    }
    const xla::PrimitiveType type = context->input_xla_type(0);
    xla::XlaBuilder* builder = context->builder();
    const xla::XlaOp top =
        xla::Reduce(total, xla::MinValue(builder, type),
                    xla::CreateScalarMaxComputation(type, builder), {2});
    const xla::XlaOp powers = xla::Exp(xla::Sub(total, top, {0, 1}));
    context->SetOutput(
        0, xla::Div(powers, SumOverChannels(powers, type), {0, 1}));
  }
};

class MeanFieldUpdateGradientXla : public MeanFieldKernel {
 public:
  using MeanFieldKernel::MeanFieldKernel;
  void Compile(XlaOpKernelContext* context) override {
    OP_REQUIRES_OK(context, CheckLike(context->InputShape(0), "by_probs",
                                      context->InputShape(1)));
    const xla::XlaOp probs = context->Input(0), by_probs = context->Input(1);
    const xla::XlaOp mean =
        SumOverChannels(probs * by_probs, context->input_xla_type(0));
    const xla::XlaOp by_logits = probs * xla::Sub(by_probs, mean, {0, 1});
    context->SetOutput(0, by_logits);
    for (int m = 0; m < kernels(); ++m) {
      absl::StatusOr<xla::XlaOp> by_values =
          Filter(context, m, by_logits, true);
      OP_REQUIRES_OK(context, by_values.status());
      context->SetOutput(1 + m, *by_values);
    }
  }
};

RLOSS_REGISTER_XLA(Name("Rloss>MeanFieldUpdate"), MeanFieldUpdateXla);
RLOSS_REGISTER_XLA(Name("Rloss>MeanFieldUpdateGradient"),
                   MeanFieldUpdateGradientXla);

}  // namespace
}  // namespace rloss
