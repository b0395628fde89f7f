// CPU kernels of PermutohedralLattice and PermutohedralLatticeFilter. The first
// builds lattices, the second filters on them any number of times.
#include <memory>

#include "cpu_support.h"
#include "lattice_batch.h"

namespace rloss {
namespace {

using ::tensorflow::TypeIndex;  // the registration macros write it so
using ::tensorflow::Variant;

RLOSS_REGISTER_NO_GRADIENT(CpuLatticeBatch<float>, tensorflow::DEVICE_CPU);
RLOSS_REGISTER_NO_GRADIENT(CpuLatticeBatch<double>, tensorflow::DEVICE_CPU);

template <typename Real>
class PermutohedralLatticeCpu : public OpKernel {
 public:
  explicit PermutohedralLatticeCpu(OpKernelConstruction* context)
      : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("equalized", &equalized_));
  }

  void Compute(OpKernelContext* context) override {
    const Tensor& features = context->input(0);
    OP_REQUIRES_OK(context, CheckFeatures(features.shape()));
    CpuLatticeBatch<Real> batch;
    batch.shape = LatticeShape(features.shape(), equalized_);
    auto lattices = std::make_shared<std::vector<Lattice<Real>>>();
    if (features.NumElements() > 0) {
      const Real* positions = features.flat<Real>().data();
      const BatchError error = BuildBatch(
          positions, batch.shape, ThreadsOf(context), &pool_, lattices.get());
      OP_REQUIRES_OK(context, Describe(error, positions, batch.shape));
    }
    batch.lattices = std::move(lattices);
    Tensor* output = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, {}, &output));
    output->scalar<Variant>()() = std::move(batch);
  }

 private:
  bool equalized_;
  Pool<Workspace<Real>> pool_;
};

template <typename T>
class PermutohedralLatticeFilterCpu : public OpKernel {
 public:
  explicit PermutohedralLatticeFilterCpu(OpKernelConstruction* context)
      : OpKernel(context) {
    OP_REQUIRES_OK(context, GetOrder(context, &order_));
  }

  void Compute(OpKernelContext* context) override {
    const Tensor& values = context->input(0);
    const CpuLatticeBatch<RealOf<T>>* batch = nullptr;
    OP_REQUIRES_OK(context, GetLattices(context->input(1), values.dtype(),
                                        &batch));
    OP_REQUIRES_OK(context, CheckValues(values.shape(), batch->shape.images,
                                        batch->shape.points));
    Tensor* filtered = nullptr;
    OP_REQUIRES_OK(context,
                   AllocateOutput(context, 0, values.shape(), &filtered));
    if (values.NumElements() == 0) return;

    BatchShape shape = batch->shape;
    shape.channels = static_cast<int>(values.dim_size(2));
    OP_REQUIRES_OK(
        context,
        FilterInReals<T>(context, values, filtered,
                         [&](const RealOf<T>* input, RealOf<T>* output) {
                           FilterBatchOn(*batch->lattices, input, shape, order_,
                                         ThreadsOf(context), &pool_, output);
                           return absl::OkStatus();
                         }));
  }

 private:
  BlurOrder order_;
  Pool<Workspace<RealOf<T>>> pool_;
};

RLOSS_REGISTER_REALS("PermutohedralLattice", tensorflow::DEVICE_CPU, "F",
                     PermutohedralLatticeCpu);

#define RLOSS_REGISTER(T)                                            \
  REGISTER_KERNEL_BUILDER(Name("Rloss>PermutohedralLatticeFilter")   \
                              .Device(tensorflow::DEVICE_CPU)        \
                              .TypeConstraint<T>("T"),               \
                          PermutohedralLatticeFilterCpu<T>);
TF_CALL_FLOAT_TYPES(RLOSS_REGISTER)
#undef RLOSS_REGISTER

}  // namespace
}  // namespace rloss
