// From the rows of tiles to vertices: each vertex sums its rows in the order of
// tiles.
#ifndef RLOSS_GPU_DEVICE_COMBINE_H_
#define RLOSS_GPU_DEVICE_COMBINE_H_

#include "layout.h"

namespace rloss {
namespace gpu {

// Where a thread works when a block takes as many whole vertices as it has
// threads for; blockIdx.y tells wide vertices' channels apart.
struct Place {
  uint32_t vertex, channel;
  bool present;
};

inline Place PlaceOf(uint32_t block, uint32_t vertices, uint32_t channels) {
  if (channels > kThreads) {
    const uint32_t channel = blockIdx.y * kThreads + threadIdx.x;
    return {block, channel, channel < channels};
  }
  const uint32_t vertices_of_block = kThreads / channels;
  const uint32_t own = threadIdx.x / channels;
  const uint32_t vertex = block * vertices_of_block + own;
  return {vertex, threadIdx.x - own * channels,
          own < vertices_of_block && vertex < vertices};
}

// Channels and parts of a long list that a block sums at once. They do not
// depend on the number of channels, so that neither do the bits of a channel.
constexpr uint32_t kLongChannels = 16;
constexpr uint32_t kLongParts = kThreads / kLongChannels;

template <typename Real>
struct CombineMemory {
  Real parts[kLongParts][kLongChannels];
};

template <typename Real>
Real SumRows(const LatticeView& lattice, const Real* __restrict__ rows,
             uint32_t channels, uint32_t channel, uint32_t begin,
             uint32_t end) {
  Real sum = 0;
#pragma unroll 8
  for (uint32_t i = begin; i < end; ++i) {
    sum += rows[uint64_t{lattice.rows_of_vertex[i]} * channels + channel];
  }
  return sum;
}

template <typename Real>
void CombineLongList(const LatticeView& lattice, const Real* rows,
                     uint32_t channels, uint32_t first_channel,
                     uint32_t end_channel, uint32_t vertex, Real* sums,
                     CombineMemory<Real>* memory) {
  const TileRows list = lattice.list_of_vertex[vertex];
  const uint32_t part = threadIdx.x / kLongChannels;
  const uint32_t lane = threadIdx.x % kLongChannels;
  const uint32_t length = (list.count + kLongParts - 1) / kLongParts;
  const uint32_t begin =
      part * length < list.count ? part * length : list.count;
  const uint32_t end =
      begin + length < list.count ? begin + length : list.count;
  for (uint32_t c = first_channel; c < end_channel; c += kLongChannels) {
    if (c + lane < end_channel) {
      memory->parts[part][lane] =
          SumRows(lattice, rows, channels, c + lane, list.first + begin,
                  list.first + end);
    }
    __syncthreads();
    if (part == 0 && c + lane < end_channel) {
      Real sum = memory->parts[0][lane];
      for (uint32_t i = 1; i < kLongParts; ++i) sum += memory->parts[i][lane];
      sums[uint64_t{vertex} * channels + c + lane] = sum;
    }
    __syncthreads();
  }
}

// sums[vertex][c] = sum of the vertex' rows, in the order of tiles.
template <typename Real>
void Combine(const LatticeView& lattice, const Real* __restrict__ rows,
             uint32_t channels, uint32_t long_blocks, Real* __restrict__ sums,
             CombineMemory<Real>* memory) {
  if (blockIdx.x < long_blocks) {
    const uint32_t first = blockIdx.y * kThreads;
    const uint32_t end =
        first + kThreads < channels ? first + kThreads : channels;
    for (uint32_t i = blockIdx.x; i < lattice.counters->long_vertices;
         i += long_blocks) {
      CombineLongList(lattice, rows, channels, first, end,
                      lattice.long_vertices[i], sums, memory);
    }
    return;
  }
  const Place at =
      PlaceOf(blockIdx.x - long_blocks, lattice.vertices, channels);
  if (!at.present) return;
  const TileRows list = lattice.list_of_vertex[at.vertex];
  if (list.count > kLongList) return;
  sums[uint64_t{at.vertex} * channels + at.channel] =
      SumRows(lattice, rows, channels, at.channel, list.first,
              list.first + list.count);
}

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_DEVICE_COMBINE_H_
