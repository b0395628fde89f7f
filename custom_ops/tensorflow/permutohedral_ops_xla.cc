// XLA kernels of the ops: each filter becomes one custom call, which the
// handlers in permutohedral_filter_ffi*.cc carry out.
#include "cpu_support.h"
#include "mean_field.h"
#include "tensorflow/compiler/tf2xla/xla_op_kernel.h"
#include "xla/hlo/builder/lib/arithmetic.h"
#include "xla/hlo/builder/lib/constants.h"
#include "xla/hlo/builder/xla_builder.h"
#include "xla/shape_util.h"
#include "xla_call.h"

namespace rloss {
namespace {

using ::tensorflow::DataType;
using ::tensorflow::OpKernelConstruction;
using ::tensorflow::TensorShape;
using ::tensorflow::XlaOpKernel;
using ::tensorflow::XlaOpKernelContext;

// The same shape with points and channels in the order of memory.
xla::Shape RowMajor(const xla::Shape& shape) {
  return xla::ShapeUtil::MakeShapeWithDescendingLayout(shape.element_type(),
                                                       shape.dimensions());
}

// What a lattice is made of.
struct LatticeRecipe {
  xla::XlaOp features;
  bool equalized = false;
};

absl::StatusOr<xla::XlaOp> CallFilter(xla::XlaOp values,
                                      const LatticeRecipe& lattice,
                                      BlurOrder order) {
  xla::XlaBuilder* builder = values.builder();
  TF_ASSIGN_OR_RETURN(xla::Shape values_shape, builder->GetShape(values));
  TF_ASSIGN_OR_RETURN(xla::Shape features_shape,
                      builder->GetShape(lattice.features));
  const TensorShape points(features_shape.dimensions());
  TF_RETURN_IF_ERROR(CheckFeatures(points));
  TF_RETURN_IF_ERROR(CheckValues(TensorShape(values_shape.dimensions()),
                                 points.dim_size(0), points.dim_size(1)));
  if (xla::ShapeUtil::ElementsIn(values_shape) == 0) return values;
  return xla::CustomCallWithLayout(
      builder, kFilterCall, {values, lattice.features}, RowMajor(values_shape),
      {RowMajor(values_shape), RowMajor(features_shape)},
      absl::StrCat("{", kOrderAttribute, " = ", static_cast<int>(order),
                   " : i32, ", kEqualizedAttribute, " = ",
                   static_cast<int>(lattice.equalized), " : i32}"),
      /*has_side_effect=*/false, /*output_operand_aliasing=*/{},
      /*literal=*/nullptr, xla::CustomCallSchedule::SCHEDULE_NONE,
      xla::CustomCallApiVersion::API_VERSION_TYPED_FFI);
}

// What stands for a lattice, see PermutohedralLatticeXla.
absl::StatusOr<LatticeRecipe> RecipeOf(xla::XlaOp lattice, bool is_double) {
  TF_ASSIGN_OR_RETURN(xla::Shape shape, lattice.builder()->GetShape(lattice));
  const xla::PrimitiveType wanted = is_double ? xla::F64 : xla::F32;
  if (shape.IsTuple() && shape.tuple_shapes().size() == 2 &&
      shape.tuple_shapes(0).element_type() == wanted) {
    const auto& sizes = shape.tuple_shapes(0).dimensions();
    const xla::XlaOp features = xla::GetTupleElement(lattice, 0);
    return LatticeRecipe{
        xla::Reshape(features, {sizes[0], sizes[1], sizes[2]}),
        /*equalized=*/sizes.size() == 4};
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "`lattice` must come from PermutohedralLattice with features of type ",
      is_double ? "double" : "float", " for these values. Received ",
      shape.ToString()));
}

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

// A variant has no form in XLA, save that of a list of tensors: (elements,
// their number), which loops can carry and gradients can zero. So here a
// lattice is the list of its features, and each filter builds it again. Those
// of an equalized one have a fourth dimension, of one.
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

// The filters as above; what is between them XLA fuses by itself.
class MeanFieldUpdateXla : public XlaOpKernel {
 public:
  explicit MeanFieldUpdateXla(OpKernelConstruction* context)
      : XlaOpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("M", &kernels_));
  }
  void Compile(XlaOpKernelContext* context) override {
    const TensorShape shape = context->InputShape(0);
    const bool is_double = context->input_xla_type(0) == xla::F64;
    xla::XlaOp total = context->Input(0);
    for (int m = 1; m <= kernels_; ++m) {
      // values, lattices, before, after: `kernels_` of each
      const int before = m + 2 * kernels_, after = m + 3 * kernels_;
      OP_REQUIRES_OK(context,
                     CheckUpdate(shape, context->InputShape(m),
                                 context->InputShape(before),
                                 context->InputShape(after)));
      absl::StatusOr<LatticeRecipe> lattice =
          RecipeOf(context->Input(m + kernels_), is_double);
      OP_REQUIRES_OK(context, lattice.status());
      const auto times = [&](xla::XlaOp values, int factors) {
        const xla::XlaOp numbers =
            xla::Reshape(context->Input(factors),
                         {shape.dim_size(0), shape.dim_size(1)});
        return xla::Mul(values, numbers, {0, 1});
      };
      absl::StatusOr<xla::XlaOp> filtered =
          CallFilter(times(context->Input(m), before), *lattice,
                     BlurOrder::kSymmetric);
      OP_REQUIRES_OK(context, filtered.status());
      total = total + times(*filtered, after);
    }
    const xla::PrimitiveType type = context->input_xla_type(0);
    const auto over_channels = [&](xla::XlaOp numbers, xla::XlaOp initial,
                                   const xla::XlaComputation& combine) {
      return xla::Reduce(numbers, initial, combine, {2});
    };
    xla::XlaBuilder* builder = context->builder();
    const xla::XlaOp top =
        over_channels(total, xla::MinValue(builder, type),
                      xla::CreateScalarMaxComputation(type, builder));
    const xla::XlaOp powers = xla::Exp(xla::Sub(total, top, {0, 1}));
    const xla::XlaOp sums =
        over_channels(powers, xla::Zero(builder, type),
                      xla::CreateScalarAddComputation(type, builder));
    context->SetOutput(0, xla::Div(powers, sums, {0, 1}));
  }

 private:
  int kernels_;
};

constexpr DataType kFloatValues[] = {
    tensorflow::DT_HALF, tensorflow::DT_BFLOAT16, tensorflow::DT_FLOAT};

// REGISTER_XLA_OP would be ignored once any program was compiled.
#define RLOSS_REGISTER(DEVICE)                                              \
  REGISTER_KERNEL_BUILDER(Name("Rloss>PermutohedralFilter")                 \
                              .Device(DEVICE)                               \
                              .TypeConstraint("T", kFloatValues)            \
                              .TypeConstraint<float>("F"),                  \
                          PermutohedralFilterXla);                          \
  REGISTER_KERNEL_BUILDER(Name("Rloss>PermutohedralFilter")                 \
                              .Device(DEVICE)                               \
                              .TypeConstraint<double>("T")                  \
                              .TypeConstraint<double>("F"),                 \
                          PermutohedralFilterXla);                          \
  REGISTER_KERNEL_BUILDER(Name("Rloss>PermutohedralLattice").Device(DEVICE), \
                          PermutohedralLatticeXla);                         \
  REGISTER_KERNEL_BUILDER(                                                  \
      Name("Rloss>PermutohedralLatticeFilter").Device(DEVICE),              \
      PermutohedralLatticeFilterXla);                                       \
  REGISTER_KERNEL_BUILDER(Name("Rloss>MeanFieldUpdate").Device(DEVICE),     \
                          MeanFieldUpdateXla);
RLOSS_REGISTER("XLA_CPU_JIT")
RLOSS_REGISTER("XLA_GPU_JIT")
#undef RLOSS_REGISTER

}  // namespace
}  // namespace rloss
