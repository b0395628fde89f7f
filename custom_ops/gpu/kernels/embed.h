// Embeds the points, tile by tile. This is the heart of building a lattice.
//
// A block finds the simplices of its tile's points, and in shared memory the
// distinct vertices among them. So the table of all vertices is searched once
// for each vertex of a tile, not once for each vertex of a point.
//
// Rows, vertices and the lists of a tile get their numbers in any order. The
// order of a sum is fixed all the same: the place of a point in the list of a
// row is the number of the row's points before it.
#ifndef RLOSS_GPU_KERNELS_EMBED_H_
#define RLOSS_GPU_KERNELS_EMBED_H_

#include "layout.h"
#include "point_order.h"
#include "simplex.h"
#include "vertex_table.h"

namespace rloss {
namespace gpu {

constexpr int kMaskWords = kTilePoints / 32;

constexpr uint32_t PowerOfTwoFrom(uint32_t least) {
  uint32_t power = 1;
  while (power < least) power *= 2;
  return power;
}

template <int D>
struct TileMemory {
  // At most 3/4 full, so that every search ends.
  static constexpr uint32_t kSlots =
      PowerOfTwoFrom(kTilePoints * (D + 1) * 4 / 3);

  typename VertexKey<D>::Word base[kTilePoints];
  uint32_t ranks[kTilePoints];
  uint32_t slots[kSlots];  // entry of a vertex (point * (D + 1) + remainder),
                           // later the vertex' row within the tile
  uint32_t points_of_row[kTilePoints * (D + 1)][kMaskWords];  // one bit each
  uint16_t begin_of_row[kTilePoints * (D + 1)];
  uint16_t entry_of_row[kTilePoints * (D + 1)];
  uint16_t fresh_rows[kTilePoints * (D + 1)];  // whose vertices are new
  uint32_t rows, entries, fresh;
  uint32_t first_row, first_vertex, give_up;
};

template <int D>
typename VertexKey<D>::Word KeyOfEntry(const TileMemory<D>& tile,
                                       uint32_t entry) {
  const uint32_t point = entry / (D + 1);
  return KeyOf<D>(tile.base[point], tile.ranks[point],
                  static_cast<int>(entry - point * (D + 1)));
}

// Returns the slot of the entry's vertex in the tile. *is_first tells whether
// this entry took the slot.
template <int D>
uint32_t InsertInTile(TileMemory<D>* tile, uint32_t entry, bool* is_first) {
  constexpr uint32_t kMask = TileMemory<D>::kSlots - 1;
  const typename VertexKey<D>::Word key = KeyOfEntry(*tile, entry);
  uint32_t slot = Hash(key) & kMask;
  while (true) {
    // Most entries find their vertex there, and threads that only read do not
    // wait for each other.
    uint32_t found = AtomicRead(&tile->slots[slot]);
    if (found == kMissing) {
      found = atomicCAS(&tile->slots[slot], kMissing, entry);
    }
    *is_first = found == kMissing;
    if (*is_first || KeyOfEntry(*tile, found) == key) return slot;
    slot = (slot + 1) & kMask;
  }
}

// Enters the tile's vertices into the image's table, row by row, and numbers
// those that are new there.
template <int D>
void InsertRows(const Shape& shape, const LatticeView& lattice,
                const Scratch& scratch, uint32_t tile_index,
                TileMemory<D>* tile) {
  using Word = typename VertexKey<D>::Word;
  const VertexTable<Word> table(scratch, tile_index / shape.tiles);
  for (uint32_t i = threadIdx.x; i < tile->rows; i += kThreads) {
    const uint32_t row = tile->first_row + i;
    const Word key = KeyOfEntry(*tile, tile->entry_of_row[i]);
    VertexTable<Word>::Prepare(scratch, row, key);
    bool is_new;
    const uint32_t slot = table.Insert(key, row, &is_new);
    scratch.slot_of_row[row] = slot;
    if (slot == kMissing) {
      atomicOr(&lattice.counters->overflow, 1u);
      continue;
    }
    scratch.arrival_of_row[row] = atomicAdd(&scratch.rows_in_slot[slot], 1u);
    scratch.tile_of_row[row] = tile_index;
    if (is_new) {
      tile->fresh_rows[atomicAdd(&tile->fresh, 1u)] = static_cast<uint16_t>(i);
    }
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    tile->first_vertex = atomicAdd(&lattice.counters->vertices, tile->fresh);
  }
  __syncthreads();
  for (uint32_t i = threadIdx.x; i < tile->fresh; i += kThreads) {
    const uint32_t row = tile->first_row + tile->fresh_rows[i];
    const uint32_t slot = scratch.slot_of_row[row];
    scratch.vertex_of_slot[slot] = tile->first_vertex + i;
    scratch.slot_of_vertex[tile->first_vertex + i] = slot;
  }
}

// Each block embeds the points of one tile.
template <int D, typename Real>
void Embed(const Shape& shape, const LatticeView& lattice,
           const Scratch& scratch, const Scales& scales,
           TileMemory<D>* tile) {
  const uint32_t t = threadIdx.x;
  const uint32_t tile_index = blockIdx.x;
  const uint32_t image = tile_index / shape.tiles;
  const uint32_t position = (tile_index - image * shape.tiles) * kTilePoints + t;
  const bool present = position < shape.points;

  Simplex<Real, D> simplex;
  if (present) {
    const uint32_t point =
        PointAt(position, static_cast<uint32_t>(shape.points),
                lattice.counters->width);
    const uint64_t point_of_batch = image * shape.points + point;
    simplex = FindSimplex<Real, D>(
        static_cast<const Real*>(scratch.features) + point_of_batch * D,
        scales);
    if (!simplex.finite || !simplex.in_range) {
      const FaultKind kind = simplex.finite ? kOutOfRange : kNotFinite;
      atomicMin(&lattice.counters->fault, 2 * point_of_batch + kind);
    }
    tile->base[t] = simplex.base;
    tile->ranks[t] = simplex.ranks;
  }
  for (uint32_t i = t; i < TileMemory<D>::kSlots; i += kThreads) {
    tile->slots[i] = kMissing;
  }
#pragma unroll
  for (int k = 0; k <= D; ++k) {
    for (int word = 0; word < kMaskWords; ++word) {
      tile->points_of_row[k * kTilePoints + t][word] = 0;
    }
  }
  if (t == 0) {
    tile->rows = 0;
    tile->entries = 0;
    tile->fresh = 0;
    // An attempt that failed elsewhere need not be finished.
    tile->give_up = AtomicRead(&lattice.counters->overflow);
  }
  __syncthreads();
  if (tile->give_up) return;

  uint32_t slot[D + 1];
  bool is_first[D + 1];
#pragma unroll
  for (int k = 0; k <= D; ++k) {
    slot[k] = 0;
    is_first[k] = false;
    if (present) slot[k] = InsertInTile<D>(tile, t * (D + 1) + k, &is_first[k]);
  }
  __syncthreads();
#pragma unroll
  for (int k = 0; k <= D; ++k) {
    if (!is_first[k]) continue;
    const uint32_t row = atomicAdd(&tile->rows, 1u);
    tile->entry_of_row[row] = static_cast<uint16_t>(t * (D + 1) + k);
    tile->slots[slot[k]] = row;
  }
  __syncthreads();
#pragma unroll
  for (int k = 0; k <= D; ++k) {
    if (!present) continue;
    slot[k] = tile->slots[slot[k]];  // from here on it is the row
    atomicOr(&tile->points_of_row[slot[k]][t / 32], 1u << (t % 32));
  }
  if (t == 0) {
    tile->first_row = atomicAdd(&lattice.counters->rows, tile->rows);
    tile->give_up = tile->first_row + tile->rows > scratch.row_capacity;
    if (tile->give_up) atomicOr(&lattice.counters->overflow, 1u);
    lattice.tile_rows[tile_index] = {tile->first_row, tile->rows};
  }
  __syncthreads();
  if (tile->give_up) return;
  for (uint32_t i = t; i < tile->rows; i += kThreads) {
    uint32_t count = 0;
    for (int word = 0; word < kMaskWords; ++word) {
      count += __popc(tile->points_of_row[i][word]);
    }
    const uint32_t begin = atomicAdd(&tile->entries, count);
    tile->begin_of_row[i] = static_cast<uint16_t>(begin);
    scratch.span_of_row[tile->first_row + i] = {static_cast<uint16_t>(begin),
                                                static_cast<uint16_t>(count)};
  }
  __syncthreads();
#pragma unroll
  for (int k = 0; k <= D; ++k) {
    if (!present) continue;
    const uint32_t* points = tile->points_of_row[slot[k]];
    uint32_t place = tile->begin_of_row[slot[k]];
    for (uint32_t word = 0; word < t / 32; ++word) place += __popc(points[word]);
    place += __popc(points[t / 32] & ((1u << (t % 32)) - 1));
    const uint64_t entry = (uint64_t{tile_index} * (D + 1) + k) * kTilePoints + t;
    lattice.entries[entry] = slot[k] << 16 | place;
    static_cast<Real*>(lattice.weights)[entry] = simplex.weights[k];
  }
  InsertRows<D>(shape, lattice, scratch, tile_index, tile);
}

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_KERNELS_EMBED_H_
