// GPU kernels of BilateralForms and its gradient. They check their inputs and
// launch the kernels of gpu/kernels.
#include "../gpu/launch/forms_launcher.h"
#include "bilateral_forms.h"
#include "gpu_support.h"

namespace rloss {
namespace {

// Allocates the features of the pixels, a tensor (images, points, features),
// and launches the kernel that writes them.
absl::Status MakeFeatures(OpKernelContext* context,
                          const gpu::ImageBatch& batch,
                          tensorflow::DataType type, Tensor* features) {
  TF_RETURN_IF_ERROR(context->allocate_temp(
      type, TensorShape({batch.images, batch.points, batch.grid.dim()}),
      features));
  gpu::CudaDevice device;
  TF_RETURN_IF_ERROR(OpenStream(context, &device));
  return ToStatus(gpu::LaunchFeatures(batch, &device, features->data()));
}

// The kernel is asynchronous, because the size of the lattice comes from the
// GPU and no thread should wait for it.
template <typename Real>
class BilateralFormsGpu : public AsyncOpKernel {
 public:
  explicit BilateralFormsGpu(OpKernelConstruction* context)
      : AsyncOpKernel(context) {
    OP_REQUIRES_OK(context, GetSettings(context, &settings_));
  }

  void ComputeAsync(OpKernelContext* context, DoneCallback done) override {
    const Tensor& values = context->input(0);
    const Tensor& image = context->input(1);
    OP_REQUIRES_OK_ASYNC(context,
                         CheckForms(settings_, values.shape(), image.shape(),
                                    context->input(2).shape()),
                         done);
    gpu::FormsTarget target{};
    OP_REQUIRES_OK_ASYNC(context, AllocateOutputs(context, &target), done);
    const ImageGrid grid =
        GridOf(image.shape().dim_sizes(),
               settings_.Sigma(image.dim_size(image.dims() - 1)).data());
    const BatchShape shape = FormsBatchShape(
        values.shape().dim_sizes(), grid.dim(), settings_.equalized);
    if (shape.images == 0) {
      done();
      return;
    }
    if (shape.points == 0) {
      gpu::CudaDevice device;
      OP_REQUIRES_OK_ASYNC(context, OpenStream(context, &device), done);
      OP_REQUIRES_OK_ASYNC(
          context,
          ToStatus(gpu::LaunchZeroSums(ValueTypeOf<Real>(), shape.images,
                                       shape.channels, &device, target)),
          done);
      done();
      return;
    }
    const gpu::ImageBatch batch{image.data(),        shape.images,
                                shape.points,        grid,
                                ValueTypeOf<Real>(), shape.equalized};
    Tensor features;
    OP_REQUIRES_OK_ASYNC(
        context, MakeFeatures(context, batch, image.dtype(), &features), done);
    BuildOnGpu(
        context, features, batch.type, batch.equalized,
        {image, grid.colours,
         [grid](const BatchError& error, const void* colours) {
           return DescribePixel(error, static_cast<const Real*>(colours), grid);
         }},
        [context, target, done](absl::Status status,
                                std::shared_ptr<GpuLattice> lattice) {
          if (status.ok()) status = Finish(context, *lattice, target);
          OP_REQUIRES_OK_ASYNC(context, status, done);
          done();
        });
  }

 private:
  static absl::Status AllocateOutputs(OpKernelContext* context,
                                      gpu::FormsTarget* target) {
    void** places[] = {&target->filtered, &target->degrees, &target->within,
                       &target->degree, &target->total};
    for (int i = 0; i < 5; ++i) {
      Tensor* output = nullptr;
      TF_RETURN_IF_ERROR(context->allocate_output(
          i, FormsOutputShape(context->input(0).shape(), i), &output));
      *places[i] = output->data();
    }
    return absl::OkStatus();
  }

  static absl::Status Finish(OpKernelContext* context,
                             const GpuLattice& lattice,
                             const gpu::FormsTarget& target) {
    const Tensor& values = context->input(0);
    const Tensor& region = context->input(2);
    gpu::CudaDevice device;
    TF_RETURN_IF_ERROR(OpenStream(context, &device));
    GpuMemory temporary(context);
    const gpu::Error error = gpu::LaunchForms(
        lattice.built,
        {values.data(), region.NumElements() > 0 ? region.data() : nullptr,
         static_cast<uint32_t>(values.dim_size(values.dims() - 1))},
        &device, temporary.allocate(), target);
    TF_RETURN_IF_ERROR(temporary.status());
    return ToStatus(error);
  }

  BilateralSettings settings_;
};

template <typename Real>
class BilateralFormsGradientGpu : public OpKernel {
 public:
  using OpKernel::OpKernel;

  void Compute(OpKernelContext* context) override {
    const Tensor& filtered = context->input(0);
    const Tensor& degrees = context->input(1);
    const Tensor& within = context->input(2);
    const Tensor& degree = context->input(3);
    OP_REQUIRES_OK(context,
                   CheckFormsGradient(filtered.shape(), degrees.shape(),
                                      within.shape(), degree.shape()));
    Tensor* gradient = nullptr;
    OP_REQUIRES_OK(context,
                   context->allocate_output(0, filtered.shape(), &gradient));
    if (filtered.NumElements() == 0) return;
    const BatchShape shape = FormsBatchShape(filtered.shape().dim_sizes());
    gpu::CudaDevice device;
    OP_REQUIRES_OK(context, OpenStream(context, &device));
    OP_REQUIRES_OK(
        context,
        ToStatus(gpu::LaunchMixForms(
            {filtered.data(), degrees.data(), within.data(), degree.data()},
            ValueTypeOf<Real>(), shape.images, shape.points, shape.channels,
            &device, gradient->data())));
  }
};

RLOSS_REGISTER_REALS("BilateralForms", tensorflow::DEVICE_GPU, "T",
                     BilateralFormsGpu);
RLOSS_REGISTER_REALS("BilateralFormsGradient", tensorflow::DEVICE_GPU, "T",
                     BilateralFormsGradientGpu);

}  // namespace
}  // namespace rloss
