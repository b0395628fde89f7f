// Computes the sums of the quadratic forms, v' B v over the vertices, in double
// and always in the same order.
//
// Vertices are numbered in another order on every run. But the first tile that
// has a vertex, and the vertex' first entry there, never change. So each vertex
// belongs to that tile, a tile sums its vertices in the order of those entries,
// and an image sums its tiles.
#ifndef RLOSS_GPU_KERNELS_FORM_SUMS_H_
#define RLOSS_GPU_KERNELS_FORM_SUMS_H_

#include "layout.h"
#include "packs.h"
#include "splat_slice.h"

namespace rloss {
namespace gpu {

// A block sums this many channels and parts of the vertices at once. These do
// not depend on the number of channels, and so neither do a channel's bits.
constexpr uint32_t kSumChannels = 16;
constexpr uint32_t kSumParts = kThreads / kSumChannels;

template <int D>
struct FormSumMemory {
  static constexpr int kWords = (D + 1) * kTilePoints / 32;
  uint32_t is_owned[kWords];  // a bit for each entry
  uint32_t vertices[kTilePoints * (D + 1)];
  double within[kSumParts][kSumChannels];
  double degree[kSumParts][kSumChannels];
};

// Lists the vertices that belong to the block's tile; returns how many.
template <int D>
uint32_t ListOwnVertices(const Shape& shape, const LatticeView& lattice,
                         FormSumMemory<D>* memory) {
  constexpr int kWords = FormSumMemory<D>::kWords;
  const uint32_t t = threadIdx.x;
  const TilePlace tile(shape);
  const uint32_t first_row = lattice.tile_rows[blockIdx.x].first;
  if (t < kWords) memory->is_owned[t] = 0;
  __syncthreads();
  uint32_t vertex[D + 1];
  bool owned[D + 1];
#pragma unroll
  for (int k = 0; k <= D; ++k) {
    vertex[k] = 0;
    owned[k] = false;
    if (t >= tile.present) continue;
    const uint32_t entry =
        lattice.entries[(uint64_t{blockIdx.x} * (D + 1) + k) * kTilePoints + t];
    const uint32_t row = first_row + (entry >> 16);
    // The vertex belongs to this tile if this is the first entry of its row,
    // and the row is the first of the vertex.
    if (lattice.span_of_row[row].begin != (entry & 0xffffu)) continue;
    vertex[k] = lattice.vertex_of_row[row];
    const uint32_t first = lattice.list_of_vertex[vertex[k]].first;
    owned[k] = lattice.rows_of_vertex[first] == row;
    if (owned[k]) {
      atomicOr(&memory->is_owned[k * (kTilePoints / 32) + t / 32],
               1u << (t % 32));
    }
  }
  __syncthreads();
#pragma unroll
  for (int k = 0; k <= D; ++k) {
    if (!owned[k]) continue;
    const uint32_t own_word = k * (kTilePoints / 32) + t / 32;
    uint32_t place =
        __popc(memory->is_owned[own_word] & ((1u << (t % 32)) - 1));
    for (uint32_t word = 0; word < own_word; ++word) {
      place += __popc(memory->is_owned[word]);
    }
    memory->vertices[place] = vertex[k];
  }
  uint32_t count = 0;
  for (int word = 0; word < kWords; ++word) {
    count += __popc(memory->is_owned[word]);
  }
  __syncthreads();
  return count;
}

// Each block sums one tile. `splatted` and `blurred` hold, for each vertex, the
// packs of the values' channels and of a channel of ones after them.
// sums[number][tile] are, in the order of `number`: `within` of each channel,
// the total, `degree` of each channel.
template <int D, typename Real>
void SumTiles(const Shape& shape, const LatticeView& lattice,
              const Real* __restrict__ splatted,
              const Real* __restrict__ blurred, uint32_t channels,
              double* __restrict__ sums, FormSumMemory<D>* memory) {
  const uint32_t count = ListOwnVertices<D>(shape, lattice, memory);
  const uint64_t tiles = uint64_t{shape.images} * shape.tiles;
  const uint32_t stride = PacksOf(channels + 1) * kPackChannels;
  const uint32_t part = threadIdx.x / kSumChannels;
  const uint32_t lane = threadIdx.x % kSumChannels;
  for (uint32_t first = 0; first <= channels; first += kSumChannels) {
    const uint32_t channel = first + lane;
    double within = 0, degree = 0;
    if (channel <= channels) {
#pragma unroll 4
      for (uint32_t i = part; i < count; i += kSumParts) {
        const uint64_t at = uint64_t{memory->vertices[i]} * stride;
        const double value = splatted[at + channel];
        within += value * blurred[at + channel];
        degree += value * blurred[at + channels];
      }
    }
    memory->within[part][lane] = within;
    memory->degree[part][lane] = degree;
    __syncthreads();
    if (part == 0 && channel <= channels) {
      for (uint32_t i = 1; i < kSumParts; ++i) {
        within += memory->within[i][lane];
        degree += memory->degree[i][lane];
      }
      sums[channel * tiles + blockIdx.x] = within;
      if (channel < channels) {
        sums[(channels + 1 + channel) * tiles + blockIdx.x] = degree;
      }
    }
    __syncthreads();
  }
}

struct ImageSumMemory {
  double sums[kThreads];
};

// Each block adds up the tiles of one number of one image and multiplies the
// sum by the gain.
template <typename Real>
void SumImages(const Shape& shape, const double* __restrict__ sums,
               uint32_t channels, double gain, Real* within, Real* degree,
               Real* total, ImageSumMemory* memory) {
  const uint32_t t = threadIdx.x;
  const uint32_t number = blockIdx.x / shape.images;
  const uint32_t image = blockIdx.x - number * shape.images;
  const double* own =
      sums + (uint64_t{number} * shape.images + image) * shape.tiles;
  double sum = 0;
#pragma unroll 4
  for (uint32_t tile = t; tile < shape.tiles; tile += kThreads) {
    sum += own[tile];
  }
  memory->sums[t] = sum;
  __syncthreads();
  for (uint32_t half = kThreads / 2; half > 0; half /= 2) {
    if (t < half) memory->sums[t] += memory->sums[t + half];
    __syncthreads();
  }
  if (t != 0) return;
  const Real whole = static_cast<Real>(gain * memory->sums[0]);
  const uint64_t of_image = uint64_t{image} * channels;
  if (number < channels) {
    within[of_image + number] = whole;
  } else if (number == channels) {
    total[image] = whole;
  } else {
    degree[of_image + number - channels - 1] = whole;
  }
}

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_KERNELS_FORM_SUMS_H_
