// From points to the rows of their tiles, and back from vertices to points.
// Every sum has one order, so its bits never change.
#ifndef RLOSS_GPU_DEVICE_SPLAT_SLICE_H_
#define RLOSS_GPU_DEVICE_SPLAT_SLICE_H_

#include "layout.h"
#include "number_types.h"
#include "point_order.h"

namespace rloss {
namespace gpu {

template <typename Real, int D>
struct SplatMemory {
  struct Entry {
    Real weight;
    uint32_t point;  // of the image
  } entries[kTilePoints * (D + 1)];
  EntrySpan spans[kTilePoints * (D + 1)];
};

// A block for each tile: rows[row][c] = sum over the row's points, in order,
// of weight * values[point][c].
template <int D, typename Value>
void Splat(const Shape& shape, const LatticeView& lattice,
           const Value* __restrict__ values, uint32_t channels,
           RealOf<Value>* __restrict__ rows,
           SplatMemory<RealOf<Value>, D>* memory) {
  typedef RealOf<Value> Real;
  const uint32_t t = threadIdx.x;
  const uint32_t image = blockIdx.x / shape.tiles;
  const uint32_t position = (blockIdx.x - image * shape.tiles) * kTilePoints + t;
  const TileRows tile = lattice.tile_rows[blockIdx.x];
  if (position < shape.points) {
    const uint32_t point = PointAt(
        position, static_cast<uint32_t>(shape.points), lattice.width);
#pragma unroll
    for (int k = 0; k <= D; ++k) {
      const uint64_t entry =
          (uint64_t{blockIdx.x} * (D + 1) + k) * kTilePoints + t;
      memory->entries[lattice.entries[entry] & 0xffffu] = {
          static_cast<const Real*>(lattice.weights)[entry], point};
    }
  }
  for (uint32_t i = t; i < tile.count; i += kThreads) {
    memory->spans[i] = lattice.span_of_row[tile.first + i];
  }
  __syncthreads();

  const Value* image_values = values + image * shape.points * channels;
  Real* tile_rows = rows + uint64_t{tile.first} * channels;
  const uint32_t numbers = tile.count * channels;
  uint32_t row = t / channels, channel = t % channels;
  const uint32_t row_step = kThreads / channels;
  const uint32_t channel_step = kThreads % channels;
  for (uint32_t i = t; i < numbers; i += kThreads) {
    const EntrySpan span = memory->spans[row];
    Real sum = 0;
#pragma unroll 4
    for (uint32_t j = span.begin; j < uint32_t{span.begin} + span.count; ++j) {
      const auto entry = memory->entries[j];
      sum += entry.weight *
             ToReal(image_values[uint64_t{entry.point} * channels + channel]);
    }
    tile_rows[i] = sum;
    row += row_step;
    channel += channel_step;
    if (channel >= channels) {
      channel -= channels;
      ++row;
    }
  }
}

template <typename Real, int D>
struct SliceMemory {
  struct Corner {
    Real weight;
    uint32_t vertex;
  } corners[kTilePoints][D + 1];
  uint32_t points[kTilePoints];
};

// A block for each tile: output[point][c] = gain * sum of weight *
// blurred[vertex][c] over the point's D + 1 vertices.
template <int D, typename Value>
void Slice(const Shape& shape, const LatticeView& lattice,
           const RealOf<Value>* __restrict__ blurred, uint32_t channels,
           double gain, Value* __restrict__ output,
           SliceMemory<RealOf<Value>, D>* memory) {
  typedef RealOf<Value> Real;
  const uint32_t t = threadIdx.x;
  const uint32_t image = blockIdx.x / shape.tiles;
  const uint32_t first = (blockIdx.x - image * shape.tiles) * kTilePoints;
  const uint32_t first_row = lattice.tile_rows[blockIdx.x].first;
  if (first + t < shape.points) {
    memory->points[t] = PointAt(
        first + t, static_cast<uint32_t>(shape.points), lattice.width);
#pragma unroll
    for (int k = 0; k <= D; ++k) {
      const uint64_t entry =
          (uint64_t{blockIdx.x} * (D + 1) + k) * kTilePoints + t;
      const uint32_t row = first_row + (lattice.entries[entry] >> 16);
      memory->corners[t][k] = {
          static_cast<const Real*>(lattice.weights)[entry],
          lattice.vertex_of_row[row]};
    }
  }
  __syncthreads();

  Value* image_output = output + image * shape.points * channels;
  const uint64_t left = shape.points - first;
  const uint32_t present =
      left < kTilePoints ? static_cast<uint32_t>(left) : kTilePoints;
  uint32_t own = t / channels, channel = t % channels;
  const uint32_t own_step = kThreads / channels;
  const uint32_t channel_step = kThreads % channels;
  for (uint32_t i = t; i < present * channels; i += kThreads) {
    Real sum = 0;
#pragma unroll
    for (int k = 0; k <= D; ++k) {
      const auto corner = memory->corners[own][k];
      const Real product =
          corner.weight *
          blurred[uint64_t{corner.vertex} * channels + channel];
      sum = k == 0 ? product : sum + product;
    }
    FromReal(sum * static_cast<Real>(gain),
             &image_output[uint64_t{memory->points[own]} * channels + channel]);
    own += own_step;
    channel += channel_step;
    if (channel >= channels) {
      channel -= channels;
      ++own;
    }
  }
}

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_DEVICE_SPLAT_SLICE_H_
