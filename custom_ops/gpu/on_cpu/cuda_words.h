// Defines the words of CUDA that the kernels use, for a C++ compiler.
#ifndef RLOSS_GPU_ON_CPU_CUDA_WORDS_H_
#define RLOSS_GPU_ON_CPU_CUDA_WORDS_H_

#include <math.h>  // sqrt, sqrtf

#include "block_runner.h"

#define threadIdx (::rloss::gpu::shim::Current().thread_index)
#define blockIdx (::rloss::gpu::shim::Current().block_index)
#define gridDim (::rloss::gpu::shim::Current().grid_size)
#define __restrict__ __restrict
#define RLOSS_SHARED(Type, name) \
  Type& name = *static_cast<Type*>(::rloss::gpu::shim::Shared(sizeof(Type)))

inline void __syncthreads() { ::rloss::gpu::shim::Barrier(); }
inline int __popc(uint32_t bits) { return __builtin_popcount(bits); }

// As in CUDA, atomic operations order nothing but themselves; only a fence
// orders other accesses. This fence is an operation on a word that all fences
// share, because sanitizers understand that.
inline void __threadfence() {
  static int word = 0;
  __atomic_fetch_add(&word, 1, __ATOMIC_ACQ_REL);
}

template <typename T>
T AtomicRead(const T* address) {
  ::rloss::gpu::shim::MaybeSwitch();
  return __atomic_load_n(address, __ATOMIC_RELAXED);
}
template <typename T, typename U>
T atomicAdd(T* address, U value) {
  ::rloss::gpu::shim::MaybeSwitch();
  return __atomic_fetch_add(address, static_cast<T>(value), __ATOMIC_RELAXED);
}
template <typename T, typename U>
T atomicOr(T* address, U value) {
  ::rloss::gpu::shim::MaybeSwitch();
  return __atomic_fetch_or(address, static_cast<T>(value), __ATOMIC_RELAXED);
}
template <typename T, typename U>
T atomicCAS(T* address, T expected, U value) {
  ::rloss::gpu::shim::MaybeSwitch();
  __atomic_compare_exchange_n(address, &expected, static_cast<T>(value), false,
                              __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return expected;
}
template <typename T, typename U>
T atomicMin(T* address, U value) {
  ::rloss::gpu::shim::MaybeSwitch();
  T found = __atomic_load_n(address, __ATOMIC_RELAXED);
  while (static_cast<T>(value) < found &&
         !__atomic_compare_exchange_n(address, &found, static_cast<T>(value),
                                      false, __ATOMIC_RELAXED,
                                      __ATOMIC_RELAXED)) {
  }
  return found;
}

#endif  // RLOSS_GPU_ON_CPU_CUDA_WORDS_H_
