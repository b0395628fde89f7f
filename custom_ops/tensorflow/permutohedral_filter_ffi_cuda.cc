// The handler that a compiled program calls on an NVIDIA GPU. It launches the
// kernels of PermutohedralFilter on the program's stream and in its memory.
#include "ffi_cuda_support.h"
#include "xla_call.h"

namespace rloss {
namespace {

ffi::Error FilterOnCuda(void* stream, ffi::ScratchAllocator scratch,
                        ffi::AnyBuffer values, ffi::AnyBuffer features,
                        ffi::Result<ffi::AnyBuffer> filtered, int32_t order,
                        int32_t equalized) {
  const auto sizes = features.dimensions();
  const gpu::ValueType type = TypeOf(values);
  const gpu::Problem problem{sizes[0],
                             sizes[1],
                             {static_cast<int>(sizes[2]), type},
                             equalized != 0};
  const gpu::Allocate allocate = From(&scratch);
  gpu::CudaDevice device;
  const gpu::Error opened = device.Open(stream);
  if (!opened.empty()) return ToFfi(opened);
  gpu::LatticeBuilder builder(problem, features.untyped_data(), &device,
                              allocate, allocate);
  const int dim = problem.program.dim;
  const ffi::Error built =
      BuildNow(problem, &builder, &device, features.untyped_data(), dim,
               [dim](const BatchError& error, const auto* point) {
                 return DescribePoint(error, point, dim);
               });
  if (built.failure()) return built;
  return ToFfi(gpu::LaunchFilter(builder.lattice(), type,
                                 values.untyped_data(), values.dimensions()[2],
                                 static_cast<BlurOrder>(order), &device,
                                 allocate, filtered->untyped_data()));
}

XLA_FFI_DEFINE_HANDLER(kFilterOnCuda, FilterOnCuda,
                       ffi::Ffi::Bind()
                           .Ctx<ffi::PlatformStream<void*>>()
                           .Ctx<ffi::ScratchAllocator>()
                           .Arg<ffi::AnyBuffer>()
                           .Arg<ffi::AnyBuffer>()
                           .Ret<ffi::AnyBuffer>()
                           .Attr<int32_t>(kOrderAttribute)
                           .Attr<int32_t>(kEqualizedAttribute));
XLA_FFI_REGISTER_HANDLER(ffi::GetXlaFfiApi(), kFilterCall, "CUDA",
                         kFilterOnCuda);

}  // namespace
}  // namespace rloss
