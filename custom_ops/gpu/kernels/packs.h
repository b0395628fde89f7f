// Channels in fours: what rows and vertices hold, so that memory is moved 16
// bytes at a time. The last four may be padding in part, which is summed with
// the rest and never comes out.
#ifndef RLOSS_GPU_DEVICE_PACKS_H_
#define RLOSS_GPU_DEVICE_PACKS_H_

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

// The pairs (outer, inner < size) that a thread takes of all, numbered
// outer * size + inner: its own number and then every kThreads-th.
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

#endif  // RLOSS_GPU_DEVICE_PACKS_H_
