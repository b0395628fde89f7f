// Functions that handlers on NVIDIA GPUs share: they allocate XLA's memory and
// build a lattice on the stream of a program.
#ifndef RLOSS_TENSORFLOW_FFI_CUDA_SUPPORT_H_
#define RLOSS_TENSORFLOW_FFI_CUDA_SUPPORT_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "ffi_support.h"
#include "gpu_support.h"

namespace rloss {

// Allocates XLA's memory, aligned to 256 bytes. XLA itself aligns to 16 bytes
// only, and refuses requests for more.
inline gpu::Allocate From(ffi::ScratchAllocator* scratch) {
  return [scratch](size_t bytes) -> void* {
    constexpr uintptr_t kAlignment = 256;
    const std::optional<void*> memory = scratch->Allocate(bytes + kAlignment);
    if (!memory.has_value()) return nullptr;
    const uintptr_t address = reinterpret_cast<uintptr_t>(*memory);
    return reinterpret_cast<void*>((address + kAlignment - 1) / kAlignment *
                                   kAlignment);
  };
}

inline ffi::Error ToFfi(const gpu::Error& error) {
  return error.empty() ? ffi::Error::Success() : ffi::Error::Internal(error);
}

inline gpu::ValueType TypeOf(const ffi::AnyBuffer& values) {
  switch (values.element_type()) {
    case ffi::F16:
      return gpu::ValueType::kHalf;
    case ffi::BF16:
      return gpu::ValueType::kBfloat16;
    case ffi::F32:
      return gpu::ValueType::kFloat;
    default:  // the XLA kernels accept no other type
      return gpu::ValueType::kDouble;
  }
}

// Builds the whole lattice. The calling thread waits for its size. If a point
// is at fault, fetches the `count` numbers that `shown` [images][points][count]
// has for it and returns describe(error, numbers), the error of the op.
template <typename Describe>
ffi::Error BuildNow(const gpu::Problem& problem, gpu::LatticeBuilder* builder,
                    gpu::CudaDevice* device, const void* shown, int count,
                    Describe describe) {
  using Outcome = gpu::LatticeBuilder::Outcome;
  gpu::Counters counters;
  Outcome outcome = Outcome::kAgain;
  gpu::Error error = builder->Start(&counters);
  while (error.empty() && outcome == Outcome::kAgain) {
    error = device->Wait();
    if (error.empty()) error = builder->Finish(&counters, &outcome);
  }
  if (!error.empty() || outcome != Outcome::kFault) return ToFfi(error);
  const auto fetch_as = [&](auto type) {
    using Real = decltype(type);
    const BatchError fault = BatchErrorOf(builder->fault());
    const int64_t point = fault.image * problem.points + fault.error.point;
    std::vector<Real> numbers(count);
    error = device->ReadBack(static_cast<const Real*>(shown) + point * count,
                             count * sizeof(Real), numbers.data());
    if (error.empty()) error = device->Wait();
    return error.empty() ? ToFfi(describe(fault, numbers.data()))
                         : ToFfi(error);
  };
  return problem.program.type == gpu::ValueType::kDouble ? fetch_as(double())
                                                         : fetch_as(float());
}

}  // namespace rloss

#endif  // RLOSS_TENSORFLOW_FFI_CUDA_SUPPORT_H_
