// CPU kernel of MeanFieldUpdate: guards, allocates, delegates.
#include "mean_field.h"

#include "../lattice/mean_field.h"
#include "cpu_support.h"
#include "lattice_batch.h"

namespace rloss {
namespace {

using ::tensorflow::OpInputList;
using ::tensorflow::OpKernel;
using ::tensorflow::OpKernelContext;
using ::tensorflow::Tensor;

template <typename Real>
class MeanFieldUpdateCpu : public OpKernel {
 public:
  using OpKernel::OpKernel;

  void Compute(OpKernelContext* context) override {
    const Tensor& logits = context->input(0);
    OpInputList values, lattices, before, after;
    OP_REQUIRES_OK(context, context->input_list("values", &values));
    OP_REQUIRES_OK(context, context->input_list("lattices", &lattices));
    OP_REQUIRES_OK(context, context->input_list("before", &before));
    OP_REQUIRES_OK(context, context->input_list("after", &after));
    std::vector<Messages<Real>> messages;
    BatchShape shape;
    for (int m = 0; m < values.size(); ++m) {
      OP_REQUIRES_OK(context,
                     CheckUpdate(logits.shape(), values[m].shape(),
                                 before[m].shape(), after[m].shape()));
      const CpuLatticeBatch<Real>* batch = nullptr;
      OP_REQUIRES_OK(context, GetLattices(lattices[m], logits.dtype(), &batch));
      shape = batch->shape;
      OP_REQUIRES_OK(context,
                     CheckValues(logits.shape(), shape.images, shape.points));
      messages.push_back({batch->lattices.get(),
                          values[m].template flat<Real>().data(),
                          before[m].template flat<Real>().data(),
                          after[m].template flat<Real>().data()});
    }
    Tensor* probs = nullptr;
    OP_REQUIRES_OK(context,
                   AllocateOutput(context, 0, logits.shape(), &probs));
    if (logits.NumElements() == 0) return;
    shape.channels = static_cast<int>(logits.dim_size(2));
    UpdateBatch(logits.flat<Real>().data(), messages, shape,
                ThreadsOf(context), &pool_, probs->flat<Real>().data());
  }

 private:
  Pool<UpdateScratch<Real>> pool_;
};

#define RLOSS_REGISTER(Real)                                  \
  REGISTER_KERNEL_BUILDER(Name("Rloss>MeanFieldUpdate")       \
                              .Device(tensorflow::DEVICE_CPU) \
                              .TypeConstraint<Real>("T"),     \
                          MeanFieldUpdateCpu<Real>);
RLOSS_REGISTER(float)
RLOSS_REGISTER(double)
#undef RLOSS_REGISTER

}  // namespace
}  // namespace rloss
