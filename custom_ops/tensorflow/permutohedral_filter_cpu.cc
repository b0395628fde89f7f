// CPU kernel of PermutohedralFilter. It checks its inputs and calls the
// lattice.
#include "cpu_support.h"

namespace rloss {
namespace {

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
    const RealOf<T>* positions = features.flat<RealOf<T>>().data();
    OP_REQUIRES_OK(context, FilterInReals<T>(
                                context, values, filtered,
                                [&](const RealOf<T>* input, RealOf<T>* output) {
                                  const BatchError error = FilterBatch(
                                      input, positions, shape, order_,
                                      ThreadsOf(context), &pool_, output);
                                  return Describe(error, positions, shape);
                                }));
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
TF_CALL_FLOAT_TYPES(RLOSS_REGISTER)
#undef RLOSS_REGISTER

}  // namespace
}  // namespace rloss
