// CPU kernel of PermutohedralFilter. It checks its inputs and calls the
// lattice.
#include "cpu_support.h"

namespace rloss {
namespace {

using ::tensorflow::OpKernel;
using ::tensorflow::OpKernelConstruction;
using ::tensorflow::OpKernelContext;
using ::tensorflow::Tensor;

template <typename T>
class PermutohedralFilterCpu : public OpKernel {
 public:
  explicit PermutohedralFilterCpu(OpKernelConstruction* context)
      : OpKernel(context) {
    OP_REQUIRES_OK(context, GetOrder(context, &order_));
    OP_REQUIRES_OK(context, context->GetAttr("equalized", &equalized_));
  }

  void Compute(OpKernelContext* context) override {
    const Tensor& values = context->input(0);
    const Tensor& features = context->input(1);
    OP_REQUIRES_OK(context, CheckFeatures(features.shape()));
    OP_REQUIRES_OK(context,
                   CheckValues(values.shape(), features.dim_size(0),
                               features.dim_size(1)));
    Tensor* filtered = nullptr;
    OP_REQUIRES_OK(context,
                   AllocateOutput(context, 0, values.shape(), &filtered));
    if (values.NumElements() == 0) return;

    BatchShape shape = LatticeShape(features.shape(), equalized_);
    shape.channels = static_cast<int>(values.dim_size(2));
    RealInput<T> input;
    OP_REQUIRES_OK(context, input.Init(context, values));
    RealOutput<T> output;
    OP_REQUIRES_OK(context, output.Init(context, filtered));
    const RealOf<T>* positions = features.flat<RealOf<T>>().data();
    const BatchError error =
        FilterBatch(input.data(), positions, shape, order_,
                    ThreadsOf(context), &pool_, output.data());
    OP_REQUIRES_OK(context, Describe(error, positions, shape));
    output.Finish();
  }

 private:
  BlurOrder order_;
  bool equalized_;
  Pool<FilterScratch<RealOf<T>>> pool_;
};

#define RLOSS_REGISTER(T)                                            \
  REGISTER_KERNEL_BUILDER(Name("Rloss>PermutohedralFilter")          \
                              .Device(tensorflow::DEVICE_CPU)        \
                              .TypeConstraint<T>("T")                \
                              .TypeConstraint<RealOf<T>>("F"),       \
                          PermutohedralFilterCpu<T>);
RLOSS_REGISTER(Eigen::half)
RLOSS_REGISTER(tensorflow::bfloat16)
RLOSS_REGISTER(float)
RLOSS_REGISTER(double)
#undef RLOSS_REGISTER

}  // namespace
}  // namespace rloss
