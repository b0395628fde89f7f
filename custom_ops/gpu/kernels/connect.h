// Connects the vertices of tiles to a lattice: each vertex gets its neighbours
// and the list of its rows, in the order of tiles.
#ifndef RLOSS_GPU_KERNELS_CONNECT_H_
#define RLOSS_GPU_KERNELS_CONNECT_H_

#include "layout.h"
#include "point_order.h"
#include "simplex.h"
#include "vertex_table.h"

namespace rloss {
namespace gpu {

// Widths of images up to about this are recognized.
constexpr uint32_t kMaxWidth = 16384;

// Empties the tables and counters. Finds the width of the image, if the points
// are one.
template <int D, typename Real>
void Prepare(const Shape& shape, const LatticeView& lattice,
             const Scratch& scratch, uint32_t* least_width) {
  typedef typename VertexTable<typename VertexKey<D>::Word>::Entry Entry;
  const uint64_t slots = uint64_t{shape.images} * scratch.slots;
  const uint64_t thread = uint64_t{blockIdx.x} * kThreads + threadIdx.x;
  for (uint64_t i = thread; i < slots; i += uint64_t{gridDim.x} * kThreads) {
    static_cast<Entry*>(scratch.table)[i] = 0;
    scratch.rows_in_slot[i] = 0;
  }
  if (blockIdx.x != 0) return;

  const Real* features = static_cast<const Real*>(scratch.features);
  const uint32_t points = static_cast<uint32_t>(shape.points);
  if (threadIdx.x == 0) *least_width = kMissing;
  __syncthreads();
  uint32_t found = kMissing;
  for (uint32_t from = 2; from < points && from < kMaxWidth;
       from += 8 * kThreads) {
#pragma unroll
    for (uint32_t i = 0; i < 8; ++i) {
      const uint32_t width = from + i * kThreads + threadIdx.x;
      if (width < found && width + 1 < points &&
          BeginsAgain(features, D, points, width)) {
        found = width;
      }
    }
    if (found != kMissing) atomicMin(least_width, found);
    __syncthreads();
    const uint32_t least = *least_width;
    __syncthreads();
    if (least != kMissing) break;
  }
  if (threadIdx.x == 0) {
    const uint32_t width = *least_width;
    *lattice.counters = {kNoFault, 0, 0, 0, width == kMissing ? 0 : width, 0, 0};
  }
}

// Each thread takes one vertex, finds its neighbours and reserves room for the
// list of its rows.
template <int D>
void NumberVertices(const Shape& shape, const LatticeView& lattice,
                    const Scratch& scratch, uint32_t* block_total,
                    uint32_t* block_begin) {
  using Word = typename VertexKey<D>::Word;
  const uint32_t vertex = blockIdx.x * kThreads + threadIdx.x;
  const bool present = vertex < lattice.vertices;
  if (threadIdx.x == 0) *block_total = 0;
  __syncthreads();
  uint32_t slot = 0, count = 0, offset = 0;
  if (present) {
    slot = scratch.slot_of_vertex[vertex];
    count = scratch.rows_in_slot[slot];
    offset = atomicAdd(block_total, count);
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    *block_begin = atomicAdd(&lattice.counters->list_end, *block_total);
  }
  __syncthreads();
  if (!present) return;

  lattice.list_of_vertex[vertex] = {*block_begin + offset, count};
  if (count > kLongList) {
    lattice.long_vertices[atomicAdd(&lattice.counters->long_vertices, 1u)] =
        vertex;
  }
  const VertexTable<Word> table(scratch, slot / scratch.slots);
  const Word key = table.KeyAt(slot);
#pragma unroll
  for (int axis = 0; axis <= D; ++axis) {
    const uint32_t up = table.Find(VertexKey<D>::Neighbour(key, axis));
    const uint32_t down = table.Find(NeighbourBefore<D>(key, axis));
    lattice.neighbours[uint64_t(axis) * lattice.vertices + vertex] = {
        up == kMissing ? kMissing : scratch.vertex_of_slot[up],
        down == kMissing ? kMissing : scratch.vertex_of_slot[down]};
  }
}

// Each thread takes one row and enters it in the list of its vertex, in the
// order of arrival.
inline void ListRows(const LatticeView& lattice, const Scratch& scratch) {
  const uint32_t row = blockIdx.x * kThreads + threadIdx.x;
  if (row >= lattice.rows) return;
  const uint32_t vertex = scratch.vertex_of_slot[scratch.slot_of_row[row]];
  lattice.vertex_of_row[row] = vertex;
  lattice.span_of_row[row] = scratch.span_of_row[row];
  scratch.arrived_rows[lattice.list_of_vertex[vertex].first +
                       scratch.arrival_of_row[row]] =
      uint64_t{scratch.tile_of_row[row]} << 32 | row;
}

// Each thread takes one place of a list. If the list is short, it moves the row
// that arrived there to its place in the order of tiles.
inline void SortShortList(const LatticeView& lattice, const Scratch& scratch,
                          uint32_t place) {
  const uint64_t own = scratch.arrived_rows[place];
  const uint32_t row = static_cast<uint32_t>(own);
  const TileRows list = lattice.list_of_vertex[lattice.vertex_of_row[row]];
  if (list.count > kLongList) return;
  uint32_t before = 0;
  for (uint32_t i = 0; i < list.count; ++i) {
    before += scratch.arrived_rows[list.first + i] < own;
  }
  lattice.rows_of_vertex[list.first + before] = row;
}

constexpr uint32_t kWordsPerThread = 8;
constexpr uint32_t kWindow = 32 * kWordsPerThread * kThreads;  // tiles

struct TileSet {
  uint32_t words[kWordsPerThread * kThreads];  // a bit for each tile
  uint32_t counts[kThreads];                   // bits in a thread's words
};

// A block sorts one long list. A vertex has at most one row in each tile, so
// the rank of a row is the number of tiles in the list before its own.
inline void SortLongList(const Shape& shape, const LatticeView& lattice,
                         const Scratch& scratch, uint32_t vertex,
                         TileSet* set) {
  const TileRows list = lattice.list_of_vertex[vertex];
  const uint64_t* arrived = scratch.arrived_rows + list.first;
  const uint32_t image = scratch.slot_of_vertex[vertex] / scratch.slots;
  uint32_t done = 0;
  for (uint32_t window = 0; window < shape.tiles; window += kWindow) {
    const uint32_t first_tile = image * shape.tiles + window;
    for (uint32_t i = threadIdx.x; i < kWordsPerThread * kThreads;
         i += kThreads) {
      set->words[i] = 0;
    }
    __syncthreads();
    for (uint32_t i = threadIdx.x; i < list.count; i += kThreads) {
      const uint32_t tile = static_cast<uint32_t>(arrived[i] >> 32) - first_tile;
      if (tile < kWindow) atomicOr(&set->words[tile / 32], 1u << (tile % 32));
    }
    __syncthreads();
    uint32_t own = 0;
    for (uint32_t i = 0; i < kWordsPerThread; ++i) {
      own += __popc(set->words[threadIdx.x * kWordsPerThread + i]);
    }
    set->counts[threadIdx.x] = own;
    __syncthreads();
    for (uint32_t i = threadIdx.x; i < list.count; i += kThreads) {
      const uint32_t tile = static_cast<uint32_t>(arrived[i] >> 32) - first_tile;
      if (tile >= kWindow) continue;
      const uint32_t word = tile / 32;
      uint32_t before = done;
      for (uint32_t j = 0; j < word / kWordsPerThread; ++j) {
        before += set->counts[j];
      }
      for (uint32_t j = word / kWordsPerThread * kWordsPerThread; j < word; ++j) {
        before += __popc(set->words[j]);
      }
      before += __popc(set->words[word] & ((1u << (tile % 32)) - 1));
      lattice.rows_of_vertex[list.first + before] =
          static_cast<uint32_t>(arrived[i]);
    }
    for (int j = 0; j < kThreads; ++j) done += set->counts[j];
    __syncthreads();
  }
}

// The first `long_blocks` blocks take the long lists, the others the short
// lists.
inline void SortRows(const Shape& shape, const LatticeView& lattice,
                     const Scratch& scratch, uint32_t long_blocks,
                     TileSet* set) {
  if (blockIdx.x < long_blocks) {
    for (uint32_t i = blockIdx.x; i < lattice.counters->long_vertices;
         i += long_blocks) {
      SortLongList(shape, lattice, scratch, lattice.long_vertices[i], set);
    }
    return;
  }
  const uint32_t place = (blockIdx.x - long_blocks) * kThreads + threadIdx.x;
  if (place < lattice.rows) SortShortList(lattice, scratch, place);
}

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_KERNELS_CONNECT_H_
