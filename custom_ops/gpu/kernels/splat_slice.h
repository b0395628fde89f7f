// Splats values from points to the rows of their tiles, and slices them from
// vertices back to points. Every sum has one order, so its bits never change.
#ifndef RLOSS_GPU_KERNELS_SPLAT_SLICE_H_
#define RLOSS_GPU_KERNELS_SPLAT_SLICE_H_

#include "layout.h"
#include "number_types.h"
#include "packs.h"
#include "point_order.h"

namespace rloss {
namespace gpu {

// Some channels of a tile's points in shared memory. There whole packs are read
// and written, whatever the alignment of the points in the tensor.
template <typename Real>
struct StagedPoints {
  static constexpr uint32_t kPacks = 128 / sizeof(Pack<Real>);
  Pack<Real> packs[kTilePoints][kPacks];

  Real& At(uint32_t point, uint32_t channel) {
    return packs[point][channel / kPackChannels]
        .channel[channel % kPackChannels];
  }
};

// The tile of this block.
struct TilePlace {
  uint32_t image;
  uint32_t position;  // of its first point
  uint32_t present;   // the number of its points

  explicit TilePlace(const Shape& shape) {
    image = blockIdx.x / shape.tiles;
    position = (blockIdx.x - image * shape.tiles) * kTilePoints;
    const uint64_t left = shape.points - position;
    present = left < kTilePoints ? static_cast<uint32_t>(left) : kTilePoints;
  }
};

template <typename Real, int D>
struct SplatMemory {
  struct Entry {
    Real weight;
    uint32_t point;  // of the tile
  } entries[kTilePoints * (D + 1)];
  EntrySpan spans[kTilePoints * (D + 1)];
  uint32_t points[kTilePoints];  // of the image
  StagedPoints<Real> values;
};

// The source of Splat: an array [points][channels].
template <typename Value>
struct SplatValues {
  typedef RealOf<Value> Real;
  const Value* __restrict__ values;
  uint32_t channels;

  SplatValues From(uint64_t point) const {
    return {values + point * channels, channels};
  }
  Real Weigh(Real weight, uint32_t) const { return weight; }
  Real At(uint32_t point, uint32_t channel) const {
    return ToReal(values[uint64_t{point} * channels + channel]);
  }
};

// Each block takes one tile: rows[row] = sum over the row's points, in order,
// of their weight * source.At(point).
template <int D, typename Real, typename Source>
void Splat(const Shape& shape, const LatticeView& lattice,
           const Source& source, uint32_t channels,
           Pack<Real>* __restrict__ rows, SplatMemory<Real, D>* memory) {
  constexpr uint32_t kPacks = StagedPoints<Real>::kPacks;
  const uint32_t t = threadIdx.x;
  const TilePlace tile(shape);
  const TileRows own_rows = lattice.tile_rows[blockIdx.x];
  const Source of_image = source.From(tile.image * shape.points);
  if (t < tile.present) {
    const uint32_t point =
        PointAt(tile.position + t, static_cast<uint32_t>(shape.points),
                lattice.width);
    memory->points[t] = point;
#pragma unroll
    for (int k = 0; k <= D; ++k) {
      const uint64_t entry =
          (uint64_t{blockIdx.x} * (D + 1) + k) * kTilePoints + t;
      const Real weight = static_cast<const Real*>(lattice.weights)[entry];
      memory->entries[lattice.entries[entry] & 0xffffu] = {
          of_image.Weigh(weight, point), t};
    }
  }
  for (uint32_t i = t; i < own_rows.count; i += kThreads) {
    memory->spans[i] = lattice.span_of_row[own_rows.first + i];
  }

  const uint32_t packs = PacksOf(channels);
  for (uint32_t first = 0; first < packs; first += kPacks) {
    const uint32_t count = packs - first < kPacks ? packs - first : kPacks;
    const uint32_t first_channel = first * kPackChannels;
    __syncthreads();
    for (Walk at(count * kPackChannels); at.outer < tile.present; at.Next()) {
      const uint32_t channel = first_channel + at.inner;
      memory->values.At(at.outer, at.inner) =
          channel < channels
              ? of_image.At(memory->points[at.outer], channel)
              : Real(0);
    }
    __syncthreads();
    for (Walk at(count); at.outer < own_rows.count; at.Next()) {
      const EntrySpan span = memory->spans[at.outer];
      Pack<Real> sum = Pack<Real>::Zero();
#pragma unroll 4
      for (uint32_t i = span.begin; i < uint32_t{span.begin} + span.count;
           ++i) {
        const auto entry = memory->entries[i];
        sum.AddWeighted(entry.weight,
                        memory->values.packs[entry.point][at.inner]);
      }
      rows[uint64_t{own_rows.first + at.outer} * packs + first + at.inner] =
          sum;
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
  StagedPoints<Real> output;
};

// The target of Slice: an array [points][channels].
template <typename Value>
struct SlicedValues {
  typedef RealOf<Value> Real;
  Value* values;
  uint32_t channels;

  SlicedValues From(uint64_t point) const {
    return {values + point * channels, channels};
  }
  Real Weigh(Real weight, uint32_t) const { return weight; }
  void Set(uint32_t point, uint32_t channel, Real sliced) const {
    FromReal(sliced, &values[uint64_t{point} * channels + channel]);
  }
};

// Each block takes one tile and sets each of its points in the target to gain *
// the sum of weight * blurred[vertex] over the point's D + 1 vertices.
template <int D, typename Real, typename Target>
void Slice(const Shape& shape, const LatticeView& lattice,
           const Pack<Real>* blurred, uint32_t channels, double gain,
           const Target& target, SliceMemory<Real, D>* memory) {
  constexpr uint32_t kPacks = StagedPoints<Real>::kPacks;
  const uint32_t t = threadIdx.x;
  const TilePlace tile(shape);
  const uint32_t first_row = lattice.tile_rows[blockIdx.x].first;
  const Target of_image = target.From(tile.image * shape.points);
  if (t < tile.present) {
    const uint32_t point =
        PointAt(tile.position + t, static_cast<uint32_t>(shape.points),
                lattice.width);
    memory->points[t] = point;
#pragma unroll
    for (int k = 0; k <= D; ++k) {
      const uint64_t entry =
          (uint64_t{blockIdx.x} * (D + 1) + k) * kTilePoints + t;
      const uint32_t row = first_row + (lattice.entries[entry] >> 16);
      const Real weight = static_cast<const Real*>(lattice.weights)[entry];
      memory->corners[t][k] = {of_image.Weigh(weight, point),
                               lattice.vertex_of_row[row]};
    }
  }

  const uint32_t packs = PacksOf(channels);
  for (uint32_t first = 0; first < packs; first += kPacks) {
    const uint32_t count = packs - first < kPacks ? packs - first : kPacks;
    const uint32_t first_channel = first * kPackChannels;
    const uint32_t left = channels - first_channel;
    const uint32_t width = left < count * kPackChannels
                               ? left : count * kPackChannels;
    __syncthreads();
    for (Walk at(count); at.outer < tile.present; at.Next()) {
      Pack<Real> sum = Pack<Real>::Zero();
#pragma unroll
      for (int k = 0; k <= D; ++k) {
        const auto corner = memory->corners[at.outer][k];
        const Pack<Real> part =
            blurred[uint64_t{corner.vertex} * packs + first + at.inner];
        sum.AddWeighted(corner.weight, part);
      }
      sum.Scale(static_cast<Real>(gain));
      memory->output.packs[at.outer][at.inner] = sum;
    }
    __syncthreads();
    for (Walk at(width); at.outer < tile.present; at.Next()) {
      of_image.Set(memory->points[at.outer], first_channel + at.inner,
                   memory->output.At(at.outer, at.inner));
    }
  }
}

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_KERNELS_SPLAT_SLICE_H_
