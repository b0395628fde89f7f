// What a compiled program calls on an NVIDIA GPU: the same kernels as those of
// the op, on the program's stream and in its memory.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../gpu/cuda_device.h"
#include "../gpu/filter_launcher.h"
#include "../gpu/lattice_builder.h"
#include "cpu_support.h"
#include "xla/ffi/api/ffi.h"
#include "xla_call.h"

namespace xla::ffi {
// TensorFlow exports it; its header would bring in all of XLA.
const XLA_FFI_Api* GetXlaFfiApi();
}  // namespace xla::ffi

namespace rloss {
namespace {

namespace ffi = ::xla::ffi;

// XLA promises an alignment to 16 bytes only, and refuses to be asked for more.
gpu::Allocate From(ffi::ScratchAllocator* scratch) {
  return [scratch](size_t bytes) -> void* {
    constexpr uintptr_t kAlignment = 256;
    const std::optional<void*> memory = scratch->Allocate(bytes + kAlignment);
    if (!memory.has_value()) return nullptr;
    const uintptr_t address = reinterpret_cast<uintptr_t>(*memory);
    return reinterpret_cast<void*>((address + kAlignment - 1) / kAlignment *
                                   kAlignment);
  };
}

gpu::ValueType TypeOf(ffi::DataType type) {
  switch (type) {
    case ffi::F16:
      return gpu::ValueType::kHalf;
    case ffi::BF16:
      return gpu::ValueType::kBfloat16;
    case ffi::F32:
      return gpu::ValueType::kFloat;
    default:  // the kernel lets no other type through
      return gpu::ValueType::kDouble;
  }
}

// The sentence of the op, with the features of the point at fault.
template <typename Real>
ffi::Error Describe(const gpu::PointFault& fault, const void* features,
                    const gpu::Problem& problem, gpu::CudaDevice* device) {
  const int dim = problem.program.dim;
  std::vector<Real> received(dim);
  const int64_t point = fault.image * problem.points + fault.point;
  gpu::Error error =
      device->ReadBack(static_cast<const Real*>(features) + point * dim,
                       dim * sizeof(Real), received.data());
  if (error.empty()) error = device->Wait();
  if (!error.empty()) return ffi::Error::Internal(error);
  const auto kind = fault.out_of_range ? FeatureError::Kind::kOutOfRange
                                       : FeatureError::Kind::kNotFinite;
  const absl::Status status =
      DescribePoint({fault.image, {kind, fault.point}}, received.data(), dim);
  return ffi::Error::InvalidArgument(std::string(status.message()));
}

ffi::Error Filter(void* stream, ffi::ScratchAllocator scratch,
                  ffi::AnyBuffer values, ffi::AnyBuffer features,
                  ffi::Result<ffi::AnyBuffer> filtered, int32_t order) {
  const auto sizes = features.dimensions();
  const gpu::ValueType type = TypeOf(values.element_type());
  const gpu::Problem problem{
      sizes[0], sizes[1], {static_cast<int>(sizes[2]), type}};
  const gpu::Allocate allocate = From(&scratch);
  gpu::CudaDevice device;
  gpu::Error error = device.Open(stream);
  if (!error.empty()) return ffi::Error::Internal(error);

  gpu::LatticeBuilder builder(problem, features.untyped_data(), &device,
                              allocate, allocate);
  gpu::Counters counters;
  auto outcome = gpu::LatticeBuilder::Outcome::kAgain;
  error = builder.Start(&counters);
  while (error.empty() && outcome == gpu::LatticeBuilder::Outcome::kAgain) {
    error = device.Wait();
    if (error.empty()) error = builder.Finish(&counters, &outcome);
  }
  if (error.empty() && outcome == gpu::LatticeBuilder::Outcome::kFault) {
    const auto describe = type == gpu::ValueType::kDouble ? Describe<double>
                                                          : Describe<float>;
    return describe(builder.fault(), features.untyped_data(), problem,
                    &device);
  }
  if (error.empty()) {
    error = gpu::LaunchFilter(builder.lattice(), type, values.untyped_data(),
                              values.dimensions()[2],
                              static_cast<BlurOrder>(order), &device, allocate,
                              filtered->untyped_data());
  }
  return error.empty() ? ffi::Error::Success() : ffi::Error::Internal(error);
}

XLA_FFI_DEFINE_HANDLER(kFilterOnCuda, Filter,
                       ffi::Ffi::Bind()
                           .Ctx<ffi::PlatformStream<void*>>()
                           .Ctx<ffi::ScratchAllocator>()
                           .Arg<ffi::AnyBuffer>()
                           .Arg<ffi::AnyBuffer>()
                           .Ret<ffi::AnyBuffer>()
                           .Attr<int32_t>(kOrderAttribute));
XLA_FFI_REGISTER_HANDLER(ffi::GetXlaFfiApi(), kFilterCall, "CUDA",
                         kFilterOnCuda);

}  // namespace
}  // namespace rloss
