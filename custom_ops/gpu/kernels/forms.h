// Makes features of pixels, splats and slices with the pixels' factors and with
// a channel of ones after the values, and mixes the forms to their gradient.
#ifndef RLOSS_GPU_KERNELS_FORMS_H_
#define RLOSS_GPU_KERNELS_FORMS_H_

#include "forms_layout.h"
#include "packs.h"
#include "splat_slice.h"

namespace rloss {
namespace gpu {

// Each thread writes one feature. There are fewer than 2^32 of them, because no
// lattice can have more.
template <int D, typename Real>
void MakeFeatures(const Shape& shape, const Pixels& pixels,
                  Real* __restrict__ features) {
  const uint32_t points = static_cast<uint32_t>(shape.points);
  const uint64_t i = uint64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= uint64_t{shape.images} * points * D) return;
  const uint32_t pixel = static_cast<uint32_t>(i) / D;
  const uint32_t feature = static_cast<uint32_t>(i) - pixel * D;
  // An index that the compiler knows, or it would copy the scales to the stack.
  double wide = pixels.scales[0];
#pragma unroll
  for (uint32_t k = 1; k < D; ++k) wide = feature == k ? pixels.scales[k] : wide;
  const Real scale = static_cast<Real>(wide);
  if (feature < pixels.axes) {
    const uint32_t point = pixel % points;
    const uint32_t row = point / pixels.width;
    const uint32_t slice = row / pixels.height;  // 0 in images
    const uint32_t position = feature == 0   ? point - row * pixels.width
                              : feature == 1 ? row - slice * pixels.height
                                             : slice;
    features[i] = static_cast<Real>(position) * scale;
  } else {
    const uint64_t colours = D - pixels.axes;
    features[i] = static_cast<const Real*>(
                      pixels.image)[pixel * colours + feature - pixels.axes] *
                  scale;
  }
}

// Returns the weight times the point's factor, if there are factors.
template <typename Real>
Real InRegion(const Real* region, Real weight, uint32_t point) {
  return region == nullptr ? weight : weight * region[point];
}

// The source of Splat: the values, then a channel of ones.
template <typename Real>
struct SplatWithOnes {
  const Real* __restrict__ values;
  const Real* __restrict__ region;
  uint32_t channels;

  SplatWithOnes From(uint64_t point) const {
    return {values + point * channels,
            region == nullptr ? nullptr : region + point, channels};
  }
  Real Weigh(Real weight, uint32_t point) const {
    return InRegion(region, weight, point);
  }
  Real At(uint32_t point, uint32_t channel) const {
    return channel == channels ? Real(1)
                               : values[uint64_t{point} * channels + channel];
  }
};

// The target of Slice: the channel of ones becomes the degrees.
template <typename Real>
struct SlicedWithOnes {
  Real* filtered;
  Real* degrees;
  const Real* __restrict__ region;
  uint32_t channels;

  SlicedWithOnes From(uint64_t point) const {
    return {filtered + point * channels, degrees + point,
            region == nullptr ? nullptr : region + point, channels};
  }
  Real Weigh(Real weight, uint32_t point) const {
    return InRegion(region, weight, point);
  }
  void Set(uint32_t point, uint32_t channel, Real sliced) const {
    if (channel == channels) {
      degrees[point] = sliced;
    } else {
      filtered[uint64_t{point} * channels + channel] = sliced;
    }
  }
};

// Each block takes kTilePoints points of an image: gradient[point][k] =
// 2 within[k] filtered[point][k] + degree[k] degrees[point].
template <typename Real>
void MixForms(const Shape& shape, const Real* __restrict__ filtered,
              const Real* __restrict__ degrees,
              const Real* __restrict__ within,
              const Real* __restrict__ degree, uint32_t channels,
              Real* __restrict__ gradient) {
  const TilePlace tile(shape);
  const uint64_t point = tile.image * shape.points + tile.position;
  const uint64_t sums = uint64_t{tile.image} * channels;
  for (Walk at(channels); at.outer < tile.present; at.Next()) {
    const uint64_t own = (point + at.outer) * channels + at.inner;
    gradient[own] = 2 * within[sums + at.inner] * filtered[own] +
                    degree[sums + at.inner] * degrees[point + at.outer];
  }
}

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_KERNELS_FORMS_H_
