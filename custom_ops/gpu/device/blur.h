// Blurring along the axes of the lattice, taps (1/2, 1, 1/2).
#ifndef RLOSS_GPU_DEVICE_BLUR_H_
#define RLOSS_GPU_DEVICE_BLUR_H_

#include "combine.h"

namespace rloss {
namespace gpu {

// A vertex blurred along `kDepth` axes, the last of them first: what the first
// ones make of its neighbours is computed again, which for so few vertices is
// cheaper than another launch. The numbers are those of one axis at a time.
template <int kDepth>
struct Blurred {
  template <typename Real>
  static Real At(const LatticeView& lattice, const Real* source,
                 uint32_t vertex, uint32_t channels, uint32_t channel,
                 int32_t first_axis, int32_t step) {
    if (vertex == kMissing) return 0;
    const int32_t axis = first_axis + step * (kDepth - 1);
    const Neighbours next =
        lattice.neighbours[uint64_t(axis) * lattice.vertices + vertex];
    const Real centre = Blurred<kDepth - 1>::At(
        lattice, source, vertex, channels, channel, first_axis, step);
    const Real above = Blurred<kDepth - 1>::At(
        lattice, source, next.up, channels, channel, first_axis, step);
    const Real below = Blurred<kDepth - 1>::At(
        lattice, source, next.down, channels, channel, first_axis, step);
    return centre + Real(0.5) * (above + below);
  }
};

template <>
struct Blurred<0> {
  template <typename Real>
  static Real At(const LatticeView&, const Real* source, uint32_t vertex,
                 uint32_t channels, uint32_t channel, int32_t, int32_t) {
    return vertex == kMissing ? Real(0)
                              : source[uint64_t{vertex} * channels + channel];
  }
};

// blockIdx.z is the order of axes, unless both are summed.
template <int kDepth, typename Real>
void Blur(const LatticeView& lattice, const BlurPass& pass,
          uint32_t channels) {
  const Place at = PlaceOf(blockIdx.x, lattice.vertices, channels);
  if (!at.present) return;
  // Chosen rather than indexed, which would copy the argument to memory.
  const bool second = !pass.sum && blockIdx.z == 1;
  const Real* source = static_cast<const Real*>(second ? pass.source[1]
                                                       : pass.source[0]);
  Real* target = static_cast<Real*>(second ? pass.target[1] : pass.target[0]);
  Real blurred = Blurred<kDepth>::At(
      lattice, source, at.vertex, channels, at.channel,
      second ? pass.axis[1] : pass.axis[0],
      second ? pass.step[1] : pass.step[0]);
  if (pass.sum) {
    blurred += Blurred<kDepth>::At(
        lattice, static_cast<const Real*>(pass.source[1]), at.vertex, channels,
        at.channel, pass.axis[1], pass.step[1]);
  }
  target[uint64_t{at.vertex} * channels + at.channel] = blurred;
}

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_DEVICE_BLUR_H_
