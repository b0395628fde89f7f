// GPU kernels of PermutohedralLattice and PermutohedralLatticeFilter. The first
// builds lattices, the second filters on them any number of times.
#include <memory>

#include "gpu_support.h"
#include "lattice_batch.h"

namespace rloss {
namespace {

using ::tensorflow::TypeIndex;  // the registration macros write it so
using ::tensorflow::Variant;

struct OnGpu {
  static constexpr char kName[] = "GPU";
  template <typename Real>
  using Lattices = GpuLattice;
};
template <typename Real>
using GpuLatticeBatch = LatticeBatch<OnGpu, Real>;

RLOSS_REGISTER_NO_GRADIENT(GpuLatticeBatch<float>, tensorflow::DEVICE_GPU);
RLOSS_REGISTER_NO_GRADIENT(GpuLatticeBatch<double>, tensorflow::DEVICE_GPU);

template <typename Real>
absl::Status Output(OpKernelContext* context, GpuLatticeBatch<Real> batch) {
  tensorflow::AllocatorAttributes on_host;
  on_host.set_on_host(true);
  Tensor* output = nullptr;
  TF_RETURN_IF_ERROR(context->allocate_output(0, {}, &output, on_host));
  output->scalar<Variant>()() = std::move(batch);
  return absl::OkStatus();
}

template <typename Real>
class PermutohedralLatticeGpu : public AsyncOpKernel {
 public:
  explicit PermutohedralLatticeGpu(OpKernelConstruction* context)
      : AsyncOpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("equalized", &equalized_));
  }

  void ComputeAsync(OpKernelContext* context, DoneCallback done) override {
    const Tensor& features = context->input(0);
    OP_REQUIRES_OK_ASYNC(context, CheckFeatures(features.shape()), done);
    GpuLatticeBatch<Real> batch;
    batch.shape = LatticeShape(features.shape(), equalized_);
    if (features.NumElements() == 0) {
      OP_REQUIRES_OK_ASYNC(context, Output(context, std::move(batch)), done);
      done();
      return;
    }
    BuildOnGpu(context, features, ValueTypeOf<Real>(), equalized_,
               ReportFeatures(features),
               [context, batch, done](
                   absl::Status status,
                   std::shared_ptr<GpuLattice> lattice) mutable {
                 batch.lattices = std::move(lattice);
                 if (status.ok()) status = Output(context, std::move(batch));
                 OP_REQUIRES_OK_ASYNC(context, status, done);
                 done();
               });
  }

 private:
  bool equalized_;
};

template <typename T>
class PermutohedralLatticeFilterGpu : public OpKernel {
 public:
  explicit PermutohedralLatticeFilterGpu(OpKernelConstruction* context)
      : OpKernel(context) {
    OP_REQUIRES_OK(context, GetOrder(context, &order_));
  }

  void Compute(OpKernelContext* context) override {
    const Tensor& values = context->input(0);
    const GpuLatticeBatch<RealOf<T>>* batch = nullptr;
    OP_REQUIRES_OK(context, GetLattices(context->input(1), values.dtype(),
                                        &batch));
    OP_REQUIRES_OK(context, CheckValues(values.shape(), batch->shape.images,
                                        batch->shape.points));
    Tensor* filtered = nullptr;
    OP_REQUIRES_OK(context,
                   context->allocate_output(0, values.shape(), &filtered));
    if (values.NumElements() == 0) return;
    OP_REQUIRES_OK(context,
                   FilterOnGpu(context, batch->lattices->built, ValueTypeOf<T>(),
                               values, order_, filtered));
  }

 private:
  BlurOrder order_;
};

RLOSS_REGISTER_REALS("PermutohedralLattice", tensorflow::DEVICE_GPU, "F",
                     PermutohedralLatticeGpu);

#define RLOSS_REGISTER(T)                                            \
  REGISTER_KERNEL_BUILDER(Name("Rloss>PermutohedralLatticeFilter")   \
                              .Device(tensorflow::DEVICE_GPU)        \
                              .TypeConstraint<T>("T"),               \
                          PermutohedralLatticeFilterGpu<T>);
TF_CALL_FLOAT_TYPES(RLOSS_REGISTER)
#undef RLOSS_REGISTER

}  // namespace
}  // namespace rloss
