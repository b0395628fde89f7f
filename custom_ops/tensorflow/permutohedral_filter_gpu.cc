// GPU kernel of PermutohedralFilter. It checks its inputs, builds a lattice and
// launches the filter.
#include "gpu_support.h"

namespace rloss {
namespace {

// The kernel is asynchronous, because the size of the lattice comes from the
// GPU and no thread should wait for it.
template <typename T>
class PermutohedralFilterGpu : public AsyncOpKernel {
 public:
  explicit PermutohedralFilterGpu(OpKernelConstruction* context)
      : AsyncOpKernel(context) {
    OP_REQUIRES_OK(context, GetOrder(context, &order_));
    OP_REQUIRES_OK(context, context->GetAttr("equalized", &equalized_));
  }

  void ComputeAsync(OpKernelContext* context, DoneCallback done) override {
    const Tensor& values = context->input(0);
    const Tensor& features = context->input(1);
    OP_REQUIRES_OK_ASYNC(context, CheckFeatures(features.shape()), done);
    OP_REQUIRES_OK_ASYNC(context,
                         CheckValues(values.shape(), features.dim_size(0),
                                     features.dim_size(1)),
                         done);
    Tensor* filtered = nullptr;
    OP_REQUIRES_OK_ASYNC(
        context, context->allocate_output(0, values.shape(), &filtered), done);
    if (values.NumElements() == 0) {
      done();
      return;
    }
    const BlurOrder order = order_;
    BuildOnGpu(context, features, ValueTypeOf<T>(), equalized_,
               ReportFeatures(features),
               [context, order, filtered, done](
                   absl::Status status, std::shared_ptr<GpuLattice> lattice) {
                 if (status.ok()) {
                   status = FilterOnGpu(context, lattice->built,
                                        ValueTypeOf<T>(), context->input(0),
                                        order, filtered);
                 }
                 OP_REQUIRES_OK_ASYNC(context, status, done);
                 done();
               });
  }

 private:
  BlurOrder order_;
  bool equalized_;
};

#define RLOSS_REGISTER(T)                                            \
  REGISTER_KERNEL_BUILDER(Name("Rloss>PermutohedralFilter")          \
                              .Device(tensorflow::DEVICE_GPU)        \
                              .TypeConstraint<T>("T")                \
                              .TypeConstraint<RealOf<T>>("F"),       \
                          PermutohedralFilterGpu<T>);
TF_CALL_FLOAT_TYPES(RLOSS_REGISTER)
#undef RLOSS_REGISTER

}  // namespace
}  // namespace rloss
