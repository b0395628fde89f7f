// Packs of four channels. Rows and vertices hold packs, so that memory is moved
// 16 bytes at a time. Part of the last pack may be padding, which is summed
// like the rest but never written to an output.
#ifndef RLOSS_GPU_KERNELS_PACKS_H_
#define RLOSS_GPU_KERNELS_PACKS_H_

#include "layout.h"

namespace rloss {
namespace gpu {

template <typename Real>
struct alignas(16) Pack {
  Real channel[kPackChannels];

  static Pack Zero() { return {{0, 0, 0, 0}}; }
  void Add(const Pack& other) {
#pragma unroll
    for (int c = 0; c < kPackChannels; ++c) channel[c] += other.channel[c];
  }
  void AddWeighted(Real weight, const Pack& other) {
#pragma unroll
    for (int c = 0; c < kPackChannels; ++c) {
      channel[c] += weight * other.channel[c];
    }
  }
  void Scale(Real factor) {
#pragma unroll
    for (int c = 0; c < kPackChannels; ++c) channel[c] *= factor;
  }
};

inline uint32_t PacksOf(uint32_t channels) {
  return (channels + kPackChannels - 1) / kPackChannels;
}

// Walks over the pairs (outer, inner) with inner < size that a thread takes.
// Pairs are numbered outer * size + inner; a thread takes the pair of its own
// number and from there every kThreads-th.
struct Walk {
  uint32_t outer, inner;

  explicit Walk(uint32_t size)
      : outer(threadIdx.x / size),
        inner(threadIdx.x % size),
        size_(size),
        outer_step_(kThreads / size),
        inner_step_(kThreads % size) {}

  void Next() {
    outer += outer_step_;
    inner += inner_step_;
    if (inner >= size_) {
      inner -= size_;
      ++outer;
    }
  }

 private:
  uint32_t size_, outer_step_, inner_step_;
};

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_KERNELS_PACKS_H_
