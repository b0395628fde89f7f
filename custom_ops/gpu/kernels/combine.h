// Sums the rows of each vertex, in the order of tiles.
#ifndef RLOSS_GPU_KERNELS_COMBINE_H_
#define RLOSS_GPU_KERNELS_COMBINE_H_

#include "layout.h"
#include "packs.h"

namespace rloss {
namespace gpu {

// The vertex and the pack that a thread works on. A block takes as many whole
// vertices as it has threads for. If one vertex has more packs than a block has
// threads, several blocks share it, and blockIdx.y tells them apart.
struct Place {
  uint32_t vertex, pack;
  bool present;
};

inline Place PlaceOf(uint32_t block, uint32_t vertices, uint32_t packs) {
  if (packs > kThreads) {
    const uint32_t pack = blockIdx.y * kThreads + threadIdx.x;
    return {block, pack, pack < packs};
  }
  const uint32_t vertices_of_block = kThreads / packs;
  const uint32_t own = threadIdx.x / packs;
  const uint32_t vertex = block * vertices_of_block + own;
  return {vertex, threadIdx.x - own * packs,
          own < vertices_of_block && vertex < vertices};
}

// A block sums this many packs and parts of a long list at once. These do not
// depend on the number of channels, and so neither do a channel's bits.
constexpr uint32_t kLongPacks = 4;
constexpr uint32_t kLongParts = kThreads / kLongPacks;

template <typename Real>
struct CombineMemory {
  Pack<Real> parts[kLongParts][kLongPacks];
};

template <typename Real>
Pack<Real> SumRows(const LatticeView& lattice,
                   const Pack<Real>* rows, uint32_t packs,
                   uint32_t pack, uint32_t begin, uint32_t end) {
  Pack<Real> sum = Pack<Real>::Zero();
#pragma unroll 4
  for (uint32_t i = begin; i < end; ++i) {
    const uint64_t row = lattice.rows_of_vertex[i];
    const Pack<Real> part = rows[row * packs + pack];  // 16 bytes at a time
    sum.Add(part);
  }
  return sum;
}

template <typename Real>
void CombineLongList(const LatticeView& lattice, const Pack<Real>* rows,
                     uint32_t packs, uint32_t first_pack, uint32_t end_pack,
                     uint32_t vertex, Pack<Real>* sums,
                     CombineMemory<Real>* memory) {
  const TileRows list = lattice.list_of_vertex[vertex];
  const uint32_t part = threadIdx.x / kLongPacks;
  const uint32_t lane = threadIdx.x % kLongPacks;
  const uint32_t length = (list.count + kLongParts - 1) / kLongParts;
  const uint32_t begin =
      part * length < list.count ? part * length : list.count;
  const uint32_t end =
      begin + length < list.count ? begin + length : list.count;
  for (uint32_t p = first_pack; p < end_pack; p += kLongPacks) {
    if (p + lane < end_pack) {
      memory->parts[part][lane] = SumRows(lattice, rows, packs, p + lane,
                                          list.first + begin, list.first + end);
    }
    __syncthreads();
    if (part == 0 && p + lane < end_pack) {
      Pack<Real> sum = memory->parts[0][lane];
      for (uint32_t i = 1; i < kLongParts; ++i) {
        sum.Add(memory->parts[i][lane]);
      }
      sums[uint64_t{vertex} * packs + p + lane] = sum;
    }
    __syncthreads();
  }
}

// sums[vertex] = sum of the vertex' rows, in the order of tiles. The first
// `long_blocks` blocks take the long lists, the others the short lists.
template <typename Real>
void Combine(const LatticeView& lattice, const Pack<Real>* rows,
             uint32_t channels, uint32_t long_blocks, Pack<Real>* sums,
             CombineMemory<Real>* memory) {
  const uint32_t packs = PacksOf(channels);
  if (blockIdx.x < long_blocks) {
    const uint32_t first = blockIdx.y * kThreads;
    const uint32_t end = first + kThreads < packs ? first + kThreads : packs;
    for (uint32_t i = blockIdx.x; i < lattice.counters->long_vertices;
         i += long_blocks) {
      CombineLongList(lattice, rows, packs, first, end,
                      lattice.long_vertices[i], sums, memory);
    }
    return;
  }
  const Place at = PlaceOf(blockIdx.x - long_blocks, lattice.vertices, packs);
  if (!at.present) return;
  const TileRows list = lattice.list_of_vertex[at.vertex];
  if (list.count > kLongList) return;
  sums[uint64_t{at.vertex} * packs + at.pack] = SumRows(
      lattice, rows, packs, at.pack, list.first, list.first + list.count);
}

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_KERNELS_COMBINE_H_
