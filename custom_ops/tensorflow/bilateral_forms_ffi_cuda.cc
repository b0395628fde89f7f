// The handler that a compiled program calls on an NVIDIA GPU. It launches the
// kernels of BilateralForms on the program's stream and in its memory.
#include "../gpu/launch/forms_launcher.h"
#include "bilateral_forms.h"
#include "ffi_cuda_support.h"
#include "xla_call.h"

namespace rloss {
namespace {

namespace ffi = ::xla::ffi;
using Output = ffi::Result<ffi::AnyBuffer>;

// Returns the error that the op returns, with the colours of the pixel at
// fault.
template <typename Real>
ffi::Error Describe(const gpu::PointFault& fault, const gpu::ImageBatch& batch,
                    gpu::CudaDevice* device) {
  std::vector<Real> colours;
  const gpu::Error error = FetchPoint(fault, batch.points, batch.image,
                                      batch.colours, device, &colours);
  if (!error.empty()) return ffi::Error::Internal(error);
  const absl::Status status = DescribePixel<Real>(
      BatchErrorOf(fault), colours.data(),
      {nullptr, batch.width, batch.colours, batch.sigma_xy, batch.sigma_rgb},
      {batch.images, batch.points, 0, batch.colours + 2});
  return ffi::Error::InvalidArgument(std::string(status.message()));
}

ffi::Error Forms(void* stream, ffi::ScratchAllocator scratch,
                 ffi::AnyBuffer values, ffi::AnyBuffer image,
                 ffi::AnyBuffer region, Output filtered, Output degrees,
                 Output within, Output degree, Output total, float sigma_xy,
                 float sigma_rgb, int32_t equalized) {
  const auto sizes = image.dimensions();
  // The XLA kernel accepts no other types.
  const gpu::ValueType type = values.element_type() == ffi::F64
                                  ? gpu::ValueType::kDouble
                                  : gpu::ValueType::kFloat;
  const gpu::ImageBatch batch{image.untyped_data(),
                              sizes[0],
                              sizes[1] * sizes[2],
                              sizes[2],
                              static_cast<int>(sizes[3]),
                              sigma_xy,
                              sigma_rgb,
                              type,
                              equalized != 0};
  const gpu::Allocate allocate = From(&scratch);
  gpu::CudaDevice device;
  gpu::Error error = device.Open(stream);
  if (!error.empty()) return ffi::Error::Internal(error);
  void* features = allocate(batch.feature_bytes());
  if (features == nullptr) {
    return ffi::Error::Internal(
        "The features of the pixels need " +
        std::to_string(batch.feature_bytes() >> 20) +
        " MB of GPU memory, and less is free. Take fewer images at a time.");
  }
  error = gpu::LaunchFeatures(batch, &device, features);
  if (!error.empty()) return ffi::Error::Internal(error);

  gpu::LatticeBuilder builder(batch.problem(), features, &device, allocate,
                              allocate);
  bool fault = false;
  error = BuildNow(&builder, &device, &fault);
  if (!error.empty()) return ffi::Error::Internal(error);
  if (fault) {
    const auto describe = type == gpu::ValueType::kDouble ? Describe<double>
                                                          : Describe<float>;
    return describe(builder.fault(), batch, &device);
  }
  return ToFfi(gpu::LaunchForms(
      builder.lattice(),
      {values.untyped_data(),
       region.element_count() > 0 ? region.untyped_data() : nullptr,
       static_cast<uint32_t>(values.dimensions()[3])},
      &device, allocate,
      {filtered->untyped_data(), degrees->untyped_data(),
       within->untyped_data(), degree->untyped_data(),
       total->untyped_data()}));
}

XLA_FFI_DEFINE_HANDLER(kFormsOnCuda, Forms,
                       ffi::Ffi::Bind()
                           .Ctx<ffi::PlatformStream<void*>>()
                           .Ctx<ffi::ScratchAllocator>()
                           .Arg<ffi::AnyBuffer>()
                           .Arg<ffi::AnyBuffer>()
                           .Arg<ffi::AnyBuffer>()
                           .Ret<ffi::AnyBuffer>()
                           .Ret<ffi::AnyBuffer>()
                           .Ret<ffi::AnyBuffer>()
                           .Ret<ffi::AnyBuffer>()
                           .Ret<ffi::AnyBuffer>()
                           .Attr<float>(kSigmaXyAttribute)
                           .Attr<float>(kSigmaRgbAttribute)
                           .Attr<int32_t>(kEqualizedAttribute));
XLA_FFI_REGISTER_HANDLER(ffi::GetXlaFfiApi(), kFormsCall, "CUDA",
                         kFormsOnCuda);

}  // namespace
}  // namespace rloss
