// Functions that handlers on NVIDIA GPUs share: they allocate XLA's memory and
// build a lattice on the stream of a program.
#ifndef RLOSS_TENSORFLOW_FFI_CUDA_SUPPORT_H_
#define RLOSS_TENSORFLOW_FFI_CUDA_SUPPORT_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "../gpu/driver/cuda_device.h"
#include "../gpu/launch/lattice_builder.h"
#include "../lattice/batch.h"
#include "ffi_support.h"

namespace rloss {

// Allocates XLA's memory, aligned to 256 bytes. XLA itself aligns to 16 bytes
// only, and refuses requests for more.
inline gpu::Allocate From(xla::ffi::ScratchAllocator* scratch) {
  return [scratch](size_t bytes) -> void* {
    constexpr uintptr_t kAlignment = 256;
    const std::optional<void*> memory = scratch->Allocate(bytes + kAlignment);
    if (!memory.has_value()) return nullptr;
    const uintptr_t address = reinterpret_cast<uintptr_t>(*memory);
    return reinterpret_cast<void*>((address + kAlignment - 1) / kAlignment *
                                   kAlignment);
  };
}

// Builds the whole lattice. The calling thread waits for its size.
inline gpu::Error BuildNow(gpu::LatticeBuilder* builder,
                           gpu::CudaDevice* device, bool* fault) {
  using Outcome = gpu::LatticeBuilder::Outcome;
  gpu::Counters counters;
  Outcome outcome = Outcome::kAgain;
  gpu::Error error = builder->Start(&counters);
  while (error.empty() && outcome == Outcome::kAgain) {
    error = device->Wait();
    if (error.empty()) error = builder->Finish(&counters, &outcome);
  }
  *fault = outcome == Outcome::kFault;
  return error;
}

inline BatchError BatchErrorOf(const gpu::PointFault& fault) {
  return {fault.image,
          {fault.out_of_range ? FeatureError::Kind::kOutOfRange
                              : FeatureError::Kind::kNotFinite,
           fault.point}};
}

// Fetches the `count` numbers that `data` [images][points][count] has for the
// point at fault.
template <typename Real>
gpu::Error FetchPoint(const gpu::PointFault& fault, int64_t points,
                      const void* data, int count, gpu::CudaDevice* device,
                      std::vector<Real>* numbers) {
  numbers->resize(count);
  const int64_t point = fault.image * points + fault.point;
  const gpu::Error error =
      device->ReadBack(static_cast<const Real*>(data) + point * count,
                       count * sizeof(Real), numbers->data());
  return error.empty() ? device->Wait() : error;
}

inline xla::ffi::Error ToFfi(const gpu::Error& error) {
  return error.empty() ? xla::ffi::Error::Success()
                       : xla::ffi::Error::Internal(error);
}

}  // namespace rloss

#endif  // RLOSS_TENSORFLOW_FFI_CUDA_SUPPORT_H_
