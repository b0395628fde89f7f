// XLA kernels of PermutohedralFilter, PermutohedralLattice and
// PermutohedralLatticeFilter.
#include "xla_support.h"

namespace rloss {
namespace {

using ::tensorflow::DataType;

class FilterKernel : public XlaOpKernel {
 public:
  explicit FilterKernel(OpKernelConstruction* context) : XlaOpKernel(context) {
    OP_REQUIRES_OK(context, GetOrder(context, &order_));
  }

 protected:
  void Filter(XlaOpKernelContext* context, const LatticeRecipe& lattice) {
    absl::StatusOr<xla::XlaOp> filtered =
        CallFilter(context->Input(0), lattice, order_);
    OP_REQUIRES_OK(context, filtered.status());
    context->SetOutput(0, *filtered);
  }

 private:
  BlurOrder order_;
};

class PermutohedralFilterXla : public FilterKernel {
 public:
  explicit PermutohedralFilterXla(OpKernelConstruction* context)
      : FilterKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("equalized", &equalized_));
  }
  void Compile(XlaOpKernelContext* context) override {
    Filter(context, {context->Input(1), equalized_});
  }

 private:
  bool equalized_;
};

// XLA knows only one form of variant: a list of tensors, written (elements,
// their number). Loops can carry it, and gradients can set it to zero. So in
// XLA a lattice is the list of its features, and each filter builds the lattice
// again. The features of an equalized lattice have a fourth dimension, of size
// one.
class PermutohedralLatticeXla : public XlaOpKernel {
 public:
  explicit PermutohedralLatticeXla(OpKernelConstruction* context)
      : XlaOpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("equalized", &equalized_));
  }
  void Compile(XlaOpKernelContext* context) override {
    const TensorShape shape = context->InputShape(0);
    OP_REQUIRES_OK(context, CheckFeatures(shape));
    xla::XlaOp features = context->Input(0);
    if (equalized_) {
      features = xla::Reshape(features, {shape.dim_size(0), shape.dim_size(1),
                                         shape.dim_size(2), 1});
    }
    xla::XlaOp images = xla::ConstantR0<int32_t>(
        context->builder(), static_cast<int32_t>(shape.dim_size(0)));
    context->SetTensorListOutput(
        0, xla::Tuple(context->builder(), {features, images}));
  }

 private:
  bool equalized_;
};

class PermutohedralLatticeFilterXla : public FilterKernel {
 public:
  explicit PermutohedralLatticeFilterXla(OpKernelConstruction* context)
      : FilterKernel(context) {
    DataType values_type;
    OP_REQUIRES_OK(context, context->GetAttr("T", &values_type));
    is_double_ = values_type == tensorflow::DT_DOUBLE;
  }
  void Compile(XlaOpKernelContext* context) override {
    absl::StatusOr<LatticeRecipe> lattice =
        RecipeOf(context->Input(1), is_double_);
    OP_REQUIRES_OK(context, lattice.status());
    Filter(context, *lattice);
  }

 private:
  bool is_double_;
};

constexpr DataType kFloatValues[] = {
    tensorflow::DT_HALF, tensorflow::DT_BFLOAT16, tensorflow::DT_FLOAT};

RLOSS_REGISTER_XLA(Name("Rloss>PermutohedralFilter")
                       .TypeConstraint("T", kFloatValues)
                       .TypeConstraint<float>("F"),
                   PermutohedralFilterXla);
RLOSS_REGISTER_XLA(Name("Rloss>PermutohedralFilter")
                       .TypeConstraint<double>("T")
                       .TypeConstraint<double>("F"),
                   PermutohedralFilterXla);
RLOSS_REGISTER_XLA(Name("Rloss>PermutohedralLattice"), PermutohedralLatticeXla);
RLOSS_REGISTER_XLA(Name("Rloss>PermutohedralLatticeFilter"),
                   PermutohedralLatticeFilterXla);

}  // namespace
}  // namespace rloss
