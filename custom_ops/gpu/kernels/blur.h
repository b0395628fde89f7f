// Blurs along the axes of the lattice with weights (1/2, 1, 1/2).
#ifndef RLOSS_GPU_KERNELS_BLUR_H_
#define RLOSS_GPU_KERNELS_BLUR_H_

#include "combine.h"

namespace rloss {
namespace gpu {

// The values that a thread reads: one pack of all vertices; and the axes along
// which it blurs.
template <typename Real>
struct BlurSource {
  const Pack<Real>* packs;
  uint32_t packs_of_vertex, pack;
  int32_t first_axis, step;
};

// Blurs a vertex along `kDepth` axes, by recursion from the last axis. For each
// vertex the neighbours are blurred along the earlier axes again; with so few
// vertices this is cheaper than another launch. The bits are those of blurring
// along one axis at a time.
template <int kDepth>
struct Blurred {
  template <typename Real>
  static Pack<Real> At(const LatticeView& lattice,
                       const BlurSource<Real>& source, uint32_t vertex) {
    typedef Blurred<kDepth - 1> Before;
    if (vertex == kMissing) return Pack<Real>::Zero();
    const int32_t axis = source.first_axis + source.step * (kDepth - 1);
    const Neighbours next =
        lattice.neighbours[uint64_t(axis) * lattice.vertices + vertex];
    Pack<Real> blurred = Before::At(lattice, source, vertex);
    Pack<Real> beside = Before::At(lattice, source, next.up);
    beside.Add(Before::At(lattice, source, next.down));
    blurred.AddWeighted(Real(0.5), beside);
    return blurred;
  }
};

template <>
struct Blurred<0> {
  template <typename Real>
  static Pack<Real> At(const LatticeView&, const BlurSource<Real>& source,
                       uint32_t vertex) {
    if (vertex == kMissing) return Pack<Real>::Zero();
    return source
        .packs[uint64_t{vertex} * source.packs_of_vertex + source.pack];
  }
};

// Each thread blurs one pack of one vertex. blockIdx.z is the order of axes,
// unless both orders are summed.
template <int kDepth, typename Real>
void Blur(const LatticeView& lattice, const BlurPass& pass,
          uint32_t channels) {
  const uint32_t packs = PacksOf(channels);
  const Place at = PlaceOf(blockIdx.x, lattice.vertices, packs);
  if (!at.present) return;
  // Indexing the arrays of `pass` by `second` would copy them to local memory.
  const bool second = !pass.sum && blockIdx.z == 1;
  BlurSource<Real> source = {
      static_cast<const Pack<Real>*>(second ? pass.source[1] : pass.source[0]),
      packs, at.pack, second ? pass.axis[1] : pass.axis[0],
      second ? pass.step[1] : pass.step[0]};
  Pack<Real> blurred = Blurred<kDepth>::At(lattice, source, at.vertex);
  if (pass.sum) {
    source.packs = static_cast<const Pack<Real>*>(pass.source[1]);
    source.first_axis = pass.axis[1];
    source.step = pass.step[1];
    blurred.Add(Blurred<kDepth>::At(lattice, source, at.vertex));
  }
  void* target = second ? pass.target[1] : pass.target[0];
  static_cast<Pack<Real>*>(target)[uint64_t{at.vertex} * packs + at.pack] =
      blurred;
}

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_KERNELS_BLUR_H_
