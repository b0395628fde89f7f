// XLA kernels of BilateralForms and its gradient. The first is a custom call
// that the handlers in bilateral_forms_ffi*.cc carry out. The second consists
// of XLA's own ops, which XLA can fuse.
#include <numeric>

#include "bilateral_forms.h"
#include "xla/hlo/builder/lib/constants.h"
#include "xla_support.h"

namespace rloss {
namespace {

class BilateralFormsXla : public XlaOpKernel {
 public:
  explicit BilateralFormsXla(OpKernelConstruction* context)
      : XlaOpKernel(context) {
    OP_REQUIRES_OK(context, GetSettings(context, &settings_));
  }

  void Compile(XlaOpKernelContext* context) override {
    const TensorShape values = context->InputShape(0);
    const TensorShape image = context->InputShape(1);
    OP_REQUIRES_OK(context, CheckForms(settings_, values, image,
                                       context->InputShape(2)));
    const xla::PrimitiveType type = context->input_xla_type(0);
    std::vector<xla::XlaOp> inputs;
    std::vector<xla::Shape> input_shapes, output_shapes;
    for (int i = 0; i < 3; ++i) {
      inputs.push_back(context->Input(i));
      input_shapes.push_back(RowMajor(type, context->InputShape(i)));
    }
    for (int i = 0; i < 5; ++i) {
      output_shapes.push_back(RowMajor(type, FormsOutputShape(values, i)));
    }
    if (values.num_elements() == 0) {
      for (int i = 0; i < 5; ++i) {
        context->SetOutput(i, xla::Zeros(context->builder(), output_shapes[i]));
      }
      return;
    }
    const xla::XlaOp outputs = CallHandler(
        kFormsCall, inputs, input_shapes,
        xla::ShapeUtil::MakeTupleShape(output_shapes),
        absl::StrCat(
            "{", kEqualizedAttribute, " = ",
            static_cast<int>(settings_.equalized), " : i32, ", kSigmaAttribute,
            " = array<f32: ",
            absl::StrJoin(settings_.Sigma(image.dim_size(image.dims() - 1)),
                          ", ", Exactly),
            ">}"));
    for (int i = 0; i < 5; ++i) {
      context->SetOutput(i, xla::GetTupleElement(outputs, i));
    }
  }

 private:
  // Writes the number with enough digits to read the same float again, and
  // with a point, which MLIR requires.
  static void Exactly(std::string* text, float number) {
    absl::StrAppendFormat(text, "%.9e", number);
  }

  BilateralSettings settings_;
};

class BilateralFormsGradientXla : public XlaOpKernel {
 public:
  using XlaOpKernel::XlaOpKernel;
  void Compile(XlaOpKernelContext* context) override {
    const TensorShape shape = context->InputShape(0);
    OP_REQUIRES_OK(
        context, CheckFormsGradient(shape, context->InputShape(1),
                                    context->InputShape(2),
                                    context->InputShape(3)));
    const auto sizes = shape.dim_sizes();
    const auto pixels = absl::MakeConstSpan(sizes).first(sizes.size() - 1);
    const auto spread = [&](xla::XlaOp sums) {
      return xla::BroadcastInDim(sums, sizes,
                                 {0, static_cast<int64_t>(pixels.size())});
    };
    const xla::XlaOp within = spread(context->Input(2));
    std::vector<int64_t> axes(pixels.size());
    std::iota(axes.begin(), axes.end(), 0);
    const xla::XlaOp degrees = xla::BroadcastInDim(
        xla::Reshape(context->Input(1), pixels), sizes, axes);
    context->SetOutput(0, (within + within) * context->Input(0) +
                              spread(context->Input(3)) * degrees);
  }
};

RLOSS_REGISTER_XLA(Name("Rloss>BilateralForms"), BilateralFormsXla);
RLOSS_REGISTER_XLA(Name("Rloss>BilateralFormsGradient"),
                   BilateralFormsGradientXla);

}  // namespace
}  // namespace rloss
