// CPU kernels of MeanFieldUpdate and its gradient. They check their inputs and
// call the lattice.
#include "mean_field.h"

#include "../lattice/mean_field.h"
#include "cpu_support.h"
#include "lattice_batch.h"

namespace rloss {
namespace {

// Gets the lattices and factors of all kernels of mean field, but not their
// values. The op's first input must have the shape of the probabilities.
template <typename Real>
absl::Status GetMessages(OpKernelContext* context, BatchShape* shape,
                         std::vector<Messages<Real>>* messages) {
  const Tensor& first = context->input(0);
  OpInputList lattices, before, after;
  TF_RETURN_IF_ERROR(context->input_list("lattices", &lattices));
  TF_RETURN_IF_ERROR(context->input_list("before", &before));
  TF_RETURN_IF_ERROR(context->input_list("after", &after));
  for (int m = 0; m < lattices.size(); ++m) {
    TF_RETURN_IF_ERROR(
        CheckFactors(first.shape(), before[m].shape(), after[m].shape()));
    const CpuLatticeBatch<Real>* batch = nullptr;
    TF_RETURN_IF_ERROR(GetLattices(lattices[m], first.dtype(), &batch));
    *shape = batch->shape;
    TF_RETURN_IF_ERROR(
        CheckValues(first.shape(), shape->images, shape->points));
    messages->push_back({batch->lattices.get(), nullptr,
                         before[m].template flat<Real>().data(),
                         after[m].template flat<Real>().data()});
  }
  shape->channels = static_cast<int>(first.dim_size(2));
  return absl::OkStatus();
}

template <typename Real>
class MeanFieldUpdateCpu : public OpKernel {
 public:
  using OpKernel::OpKernel;

  void Compute(OpKernelContext* context) override {
    const Tensor& logits = context->input(0);
    std::vector<Messages<Real>> messages;
    BatchShape shape;
    OP_REQUIRES_OK(context, GetMessages(context, &shape, &messages));
    OpInputList values;
    OP_REQUIRES_OK(context, context->input_list("values", &values));
    for (int m = 0; m < values.size(); ++m) {
      OP_REQUIRES_OK(context,
                     CheckLike(logits.shape(), "values", values[m].shape()));
      messages[m].values = values[m].template flat<Real>().data();
    }
    Tensor* probs = nullptr;
    OP_REQUIRES_OK(context,
                   AllocateOutput(context, 0, logits.shape(), &probs));
    if (logits.NumElements() == 0) return;
    UpdateBatch(logits.flat<Real>().data(), messages, shape,
                ThreadsOf(context), &pool_, probs->flat<Real>().data());
  }

 private:
  Pool<UpdateScratch<Real>> pool_;
};

template <typename Real>
class MeanFieldUpdateGradientCpu : public OpKernel {
 public:
  using OpKernel::OpKernel;

  void Compute(OpKernelContext* context) override {
    const Tensor& probs = context->input(0);
    const Tensor& by_probs = context->input(1);
    std::vector<Messages<Real>> messages;
    BatchShape shape;
    OP_REQUIRES_OK(context, GetMessages(context, &shape, &messages));
    OP_REQUIRES_OK(context,
                   CheckLike(probs.shape(), "by_probs", by_probs.shape()));
    std::vector<Real*> outputs;
    for (int i = 0; i < context->num_outputs(); ++i) {
      Tensor* output = nullptr;
      OP_REQUIRES_OK(context,
                     AllocateOutput(context, i, probs.shape(), &output));
      outputs.push_back(output->flat<Real>().data());
    }
    if (probs.NumElements() == 0) return;
    UpdateGradientBatch<Real>({probs.flat<Real>().data(),
                               by_probs.flat<Real>().data(), outputs[0],
                               {outputs.begin() + 1, outputs.end()}},
                              messages, shape, ThreadsOf(context), &pool_);
  }

 private:
  Pool<Workspace<Real>> pool_;
};

RLOSS_REGISTER_REALS("MeanFieldUpdate", tensorflow::DEVICE_CPU, "T",
                     MeanFieldUpdateCpu);
RLOSS_REGISTER_REALS("MeanFieldUpdateGradient", tensorflow::DEVICE_CPU, "T",
                     MeanFieldUpdateGradientCpu);

}  // namespace
}  // namespace rloss
