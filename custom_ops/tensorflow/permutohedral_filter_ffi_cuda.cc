// The handler that a compiled program calls on an NVIDIA GPU. It launches the
// kernels of PermutohedralFilter on the program's stream and in its memory.
#include "../gpu/launch/filter_launcher.h"
#include "cpu_support.h"
#include "ffi_cuda_support.h"
#include "xla_call.h"

namespace rloss {
namespace {

namespace ffi = ::xla::ffi;

gpu::ValueType TypeOf(ffi::DataType type) {
  switch (type) {
    case ffi::F16:
      return gpu::ValueType::kHalf;
    case ffi::BF16:
      return gpu::ValueType::kBfloat16;
    case ffi::F32:
      return gpu::ValueType::kFloat;
    default:  // the XLA kernel accepts no other type
      return gpu::ValueType::kDouble;
  }
}

// Returns the error that the op returns, with the features of the point at
// fault.
template <typename Real>
ffi::Error Describe(const gpu::PointFault& fault, const void* features,
                    const gpu::Problem& problem, gpu::CudaDevice* device) {
  const int dim = problem.program.dim;
  std::vector<Real> received;
  const gpu::Error error =
      FetchPoint(fault, problem.points, features, dim, device, &received);
  if (!error.empty()) return ffi::Error::Internal(error);
  const absl::Status status =
      DescribePoint(BatchErrorOf(fault), received.data(), dim);
  return ffi::Error::InvalidArgument(std::string(status.message()));
}

ffi::Error Filter(void* stream, ffi::ScratchAllocator scratch,
                  ffi::AnyBuffer values, ffi::AnyBuffer features,
                  ffi::Result<ffi::AnyBuffer> filtered, int32_t order,
                  int32_t equalized) {
  const auto sizes = features.dimensions();
  const gpu::ValueType type = TypeOf(values.element_type());
  const gpu::Problem problem{sizes[0],
                             sizes[1],
                             {static_cast<int>(sizes[2]), type},
                             equalized != 0};
  const gpu::Allocate allocate = From(&scratch);
  gpu::CudaDevice device;
  gpu::Error error = device.Open(stream);
  if (!error.empty()) return ffi::Error::Internal(error);

  gpu::LatticeBuilder builder(problem, features.untyped_data(), &device,
                              allocate, allocate);
  bool fault = false;
  error = BuildNow(&builder, &device, &fault);
  if (!error.empty()) return ffi::Error::Internal(error);
  if (fault) {
    const auto describe = type == gpu::ValueType::kDouble ? Describe<double>
                                                          : Describe<float>;
    return describe(builder.fault(), features.untyped_data(), problem,
                    &device);
  }
  return ToFfi(gpu::LaunchFilter(builder.lattice(), type,
                                 values.untyped_data(), values.dimensions()[2],
                                 static_cast<BlurOrder>(order), &device,
                                 allocate, filtered->untyped_data()));
}

XLA_FFI_DEFINE_HANDLER(kFilterOnCuda, Filter,
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
