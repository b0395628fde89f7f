// The handler that a compiled program calls on an NVIDIA GPU. It launches the
// kernels of BilateralForms on the program's stream and in its memory.
#include "../gpu/launch/forms_launcher.h"
#include "bilateral_forms.h"
#include "bilateral_forms_ffi.h"
#include "ffi_cuda_support.h"

namespace rloss {
namespace {

ffi::Error FormsOnCuda(void* stream, ffi::ScratchAllocator scratch,
                       ffi::AnyBuffer values, ffi::AnyBuffer image,
                       ffi::AnyBuffer region, Output filtered, Output degrees,
                       Output within, Output degree, Output total,
                       int32_t equalized, ffi::Span<const float> sigma) {
  const ImageGrid grid = GridOf(SizesOf(image), sigma.begin());
  const BatchShape shape =
      FormsBatchShape(SizesOf(values), grid.dim(), equalized != 0);
  const gpu::ImageBatch batch{image.untyped_data(), shape.images, shape.points,
                              grid, TypeOf(values), shape.equalized};
  const gpu::Allocate allocate = From(&scratch);
  gpu::CudaDevice device;
  gpu::Error error = device.Open(stream);
  if (!error.empty()) return ToFfi(error);
  void* features = allocate(batch.feature_bytes());
  if (features == nullptr) {
    return ffi::Error::Internal(
        "The features of the pixels need " +
        std::to_string(batch.feature_bytes() >> 20) +
        " MB of GPU memory, and less is free. Take fewer images at a time.");
  }
  error = gpu::LaunchFeatures(batch, &device, features);
  if (!error.empty()) return ToFfi(error);

  const gpu::Problem problem = batch.problem();
  gpu::LatticeBuilder builder(problem, features, &device, allocate, allocate);
  const ffi::Error built =
      BuildNow(problem, &builder, &device, batch.image, grid.colours,
               [&](const BatchError& error, const auto* colours) {
                 return DescribePixel(error, colours, grid);
               });
  if (built.failure()) return built;
  return ToFfi(gpu::LaunchForms(
      builder.lattice(),
      {values.untyped_data(),
       region.element_count() > 0 ? region.untyped_data() : nullptr,
       static_cast<uint32_t>(shape.channels)},
      &device, allocate,
      {filtered->untyped_data(), degrees->untyped_data(),
       within->untyped_data(), degree->untyped_data(),
       total->untyped_data()}));
}

XLA_FFI_DEFINE_HANDLER(kFormsOnCuda, FormsOnCuda,
                       BindForms(ffi::Ffi::Bind()
                                     .Ctx<ffi::PlatformStream<void*>>()
                                     .Ctx<ffi::ScratchAllocator>()));
XLA_FFI_REGISTER_HANDLER(ffi::GetXlaFfiApi(), kFormsCall, "CUDA",
                         kFormsOnCuda);

}  // namespace
}  // namespace rloss
