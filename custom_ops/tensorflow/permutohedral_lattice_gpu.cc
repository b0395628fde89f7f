// GPU kernels of PermutohedralLattice and PermutohedralLatticeFilter: one
// lattice, many filters.
#include <memory>

#include "gpu_support.h"
#include "tensorflow/core/framework/variant.h"
#include "tensorflow/core/framework/variant_op_registry.h"
#include "tensorflow/core/framework/variant_tensor_data.h"

namespace rloss {
namespace {

using ::tensorflow::AsyncOpKernel;
using ::tensorflow::OpKernel;
using ::tensorflow::OpKernelConstruction;
using ::tensorflow::OpKernelContext;
using ::tensorflow::Tensor;
using ::tensorflow::TypeIndex;  // the registration macros name it bare
using ::tensorflow::Variant;

// What the variant holds, itself in the memory of the host: shared, never
// changed once built.
template <typename Real>
struct GpuLatticeBatch {
  std::shared_ptr<const GpuLattice> lattice;
  BatchShape shape;

  static std::string TypeName() {
    return std::is_same_v<Real, double> ? "rloss::GpuLatticeBatch<double>"
                                        : "rloss::GpuLatticeBatch<float>";
  }
  std::string DebugString() const {
    return absl::StrCat(TypeName(), "(images=", shape.images,
                        ", points=", shape.points, ")");
  }
  // A lattice lives in memory only; an encoded one decodes to nothing.
  void Encode(tensorflow::VariantTensorData* data) const {
    data->set_type_name(TypeName());
  }
  bool Decode(const tensorflow::VariantTensorData&) { return false; }
};

// Loops ask for the gradient of everything they carry. That of a lattice is
// nothing: an empty batch, and so is the sum of two of them.
template <typename Real>
absl::Status NoGradient(OpKernelContext*, const GpuLatticeBatch<Real>&,
                        GpuLatticeBatch<Real>* gradient) {
  *gradient = {};
  return absl::OkStatus();
}

template <typename Real>
absl::Status AddNoGradients(OpKernelContext*, const GpuLatticeBatch<Real>&,
                            const GpuLatticeBatch<Real>&,
                            GpuLatticeBatch<Real>* sum) {
  *sum = {};
  return absl::OkStatus();
}

#define RLOSS_REGISTER(Real)                                                \
  REGISTER_UNARY_VARIANT_UNARY_OP_FUNCTION(                                 \
      tensorflow::ZEROS_LIKE_VARIANT_UNARY_OP, tensorflow::DEVICE_GPU,      \
      GpuLatticeBatch<Real>, NoGradient<Real>);                             \
  REGISTER_UNARY_VARIANT_BINARY_OP_FUNCTION(                                \
      tensorflow::ADD_VARIANT_BINARY_OP, tensorflow::DEVICE_GPU,            \
      GpuLatticeBatch<Real>, AddNoGradients<Real>);
RLOSS_REGISTER(float)
RLOSS_REGISTER(double)
#undef RLOSS_REGISTER

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
  using AsyncOpKernel::AsyncOpKernel;

  void ComputeAsync(OpKernelContext* context, DoneCallback done) override {
    const Tensor& features = context->input(0);
    OP_REQUIRES_OK_ASYNC(context, CheckFeatures(features.shape()), done);
    GpuLatticeBatch<Real> batch;
    batch.shape = {features.dim_size(0), features.dim_size(1), 0,
                   static_cast<int>(features.dim_size(2))};
    if (features.NumElements() == 0) {
      OP_REQUIRES_OK_ASYNC(context, Output(context, std::move(batch)), done);
      done();
      return;
    }
    BuildOnGpu(context, features, ValueTypeOf<Real>(), ReportFeatures(features),
               [context, batch, done](
                   absl::Status status,
                   std::shared_ptr<GpuLattice> lattice) mutable {
                 batch.lattice = std::move(lattice);
                 if (status.ok()) status = Output(context, std::move(batch));
                 OP_REQUIRES_OK_ASYNC(context, status, done);
                 done();
               });
  }
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
    OP_REQUIRES(context, context->input(1).dims() == 0,
                absl::InvalidArgumentError(absl::StrCat(
                    "`lattice` must be a scalar. Received shape ",
                    context->input(1).shape().DebugString())));
    const Variant& variant = context->input(1).scalar<Variant>()();
    const auto* batch = variant.get<GpuLatticeBatch<RealOf<T>>>();
    OP_REQUIRES(
        context, batch != nullptr,
        absl::InvalidArgumentError(absl::StrCat(
            "`lattice` must come from PermutohedralLattice on a GPU with "
            "features of type ",
            tensorflow::DataTypeString(
                tensorflow::DataTypeToEnum<RealOf<T>>::value),
            " for values of type ",
            tensorflow::DataTypeString(values.dtype()), ". Received ",
            variant.TypeName())));
    OP_REQUIRES_OK(context, CheckValues(values.shape(), batch->shape.images,
                                        batch->shape.points));
    Tensor* filtered = nullptr;
    OP_REQUIRES_OK(context,
                   context->allocate_output(0, values.shape(), &filtered));
    if (values.NumElements() == 0) return;
    OP_REQUIRES_OK(context,
                   FilterOnGpu(context, batch->lattice->built, ValueTypeOf<T>(),
                               values, order_, filtered));
  }

 private:
  BlurOrder order_;
};

#define RLOSS_REGISTER(Real)                                    \
  REGISTER_KERNEL_BUILDER(Name("Rloss>PermutohedralLattice")    \
                              .Device(tensorflow::DEVICE_GPU)   \
                              .TypeConstraint<Real>("F"),       \
                          PermutohedralLatticeGpu<Real>);
RLOSS_REGISTER(float)
RLOSS_REGISTER(double)
#undef RLOSS_REGISTER

#define RLOSS_REGISTER(T)                                            \
  REGISTER_KERNEL_BUILDER(Name("Rloss>PermutohedralLatticeFilter")   \
                              .Device(tensorflow::DEVICE_GPU)        \
                              .TypeConstraint<T>("T"),               \
                          PermutohedralLatticeFilterGpu<T>);
RLOSS_REGISTER(Eigen::half)
RLOSS_REGISTER(tensorflow::bfloat16)
RLOSS_REGISTER(float)
RLOSS_REGISTER(double)
#undef RLOSS_REGISTER

}  // namespace
}  // namespace rloss
