// Finds the simplex that a point lies in, and the point's weights there. The
// arithmetic is that of the CPU's `Embed`, operation by operation, so that both
// find the same vertices. It must be compiled without contraction into fused
// multiply-adds.
#ifndef RLOSS_GPU_KERNELS_SIMPLEX_H_
#define RLOSS_GPU_KERNELS_SIMPLEX_H_

#include "../../lattice/self_affinity.h"
#include "../../lattice/vertex_key.h"
#include "layout.h"

namespace rloss {
namespace gpu {

template <typename Real, int D>
struct Simplex {
  typename VertexKey<D>::Word base;  // the vertex of remainder 0
  uint32_t ranks;                    // of the first D axes, 4 bits each
  Real weights[D + 1];               // of the vertices of remainder 0 to D
  bool finite, in_range;
};

inline float SquareRoot(float x) { return sqrtf(x); }
inline double SquareRoot(double x) { return sqrt(x); }

// All loops unroll: an array indexed at run time would leave the registers.
template <typename Real, int D>
Simplex<Real, D> FindSimplex(const Real* features, const Scales& scales) {
  using Key = VertexKey<D>;
  using Word = typename Key::Word;
  constexpr Real kCycle = D + 1;
  constexpr Real kInverse = Real(1) / (D + 1);
  Simplex<Real, D> simplex;
  Real elevated[D + 1], difference[D + 1];
  int32_t quotient[D + 1], rank[D + 1];

  // Rounding and the correction below move a quotient by up to 3/2.
  constexpr Real kLimit = kCycle * (Key::kMaxQuotient - Real(1.5));
  simplex.finite = true;
  simplex.in_range = true;

  Real sum = 0;
#pragma unroll
  for (int i = D; i > 0; --i) {
    const Real feature = features[i - 1];
    if (!(feature - feature == 0)) simplex.finite = false;
    const Real scaled = feature * static_cast<Real>(scales.of_axis[i]);
    elevated[i] = sum - Real(i) * scaled;
    sum += scaled;
  }
  elevated[0] = sum;

  int32_t excess = 0;
#pragma unroll
  for (int i = 0; i <= D; ++i) {
    const bool inside = elevated[i] <= kLimit && elevated[i] >= -kLimit;
    if (!inside) {
      simplex.in_range = false;
      elevated[i] = 0;  // so that integers can hold what follows
    }
    const Real x = elevated[i];
    const Real v = x * kInverse;
    int32_t q = static_cast<int32_t>(v);
    q -= v < Real(q);  // floor
    const Real below = x - Real(q) * kCycle;
    const Real above = Real(q + 1) * kCycle - x;
    q += above < below;
    quotient[i] = q;
    excess += q;
    difference[i] = x - Real(q) * kCycle;
    rank[i] = 0;
  }

#pragma unroll
  for (int i = 0; i < D; ++i) {
#pragma unroll
    for (int j = i + 1; j <= D; ++j) {
      const int32_t less = difference[i] < difference[j];
      rank[i] += less;
      rank[j] += 1 - less;
    }
  }

  // The rounded point lies `excess` cycles beside the hyperplane. Moving it
  // back by one cycle along the axes of the largest (smallest) differences
  // returns it to the hyperplane.
  simplex.base = 0;
  simplex.ranks = 0;
#pragma unroll
  for (int i = 0; i <= D; ++i) {
    const int32_t shifted = rank[i] + excess;
    const int32_t up = shifted < 0;
    const int32_t down = shifted > D;
    rank[i] = shifted + (up - down) * (D + 1);
    quotient[i] += up - down;
    difference[i] = elevated[i] - Real(quotient[i]) * kCycle;
    if (i == D) continue;
    simplex.base += static_cast<Word>(quotient[i] + Key::kBias)
                    << (Key::kRemainderBits + i * Key::kBits);
    simplex.ranks |= static_cast<uint32_t>(rank[i]) << (4 * i);
  }

  Real sorted[D + 1];
#pragma unroll
  for (int k = 0; k <= D; ++k) {
    sorted[k] = 0;
#pragma unroll
    for (int i = 0; i <= D; ++i) {
      sorted[k] = rank[i] == k ? difference[i] : sorted[k];
    }
  }
  simplex.weights[0] = 1 + (sorted[D] - sorted[0]) * kInverse;
#pragma unroll
  for (int k = 1; k <= D; ++k) {
    simplex.weights[k] = (sorted[D - k] - sorted[D + 1 - k]) * kInverse;
  }
  if (scales.equalized) {
    const Real factor =
        Real(1) / SquareRoot(SelfAffinity<D, Real>(simplex.weights));
#pragma unroll
    for (int k = 0; k <= D; ++k) simplex.weights[k] *= factor;
  }
  return simplex;
}

// Returns the key of the vertex of remainder `remainder`. The vertex lies that
// many steps along all axes from the base, and one cycle back along the axes of
// the highest ranks.
template <int D>
typename VertexKey<D>::Word KeyOf(typename VertexKey<D>::Word base,
                                  uint32_t ranks, int remainder) {
  typename VertexKey<D>::Word key = base + remainder;
#pragma unroll
  for (int i = 0; i < D; ++i) {
    if (static_cast<int>(ranks >> (4 * i) & 15u) > D - remainder) {
      key -= VertexKey<D>::Unit(i);
    }
  }
  return key;
}

// Returns the key of the vertex from which VertexKey::Neighbour leads to `key`.
template <int D>
typename VertexKey<D>::Word NeighbourBefore(typename VertexKey<D>::Word key,
                                            int axis) {
  using Key = VertexKey<D>;
  if (Key::Remainder(key) > 0) return key - 1 + Key::Unit(axis);
  return key + D - Key::AllUnits() + Key::Unit(axis);
}

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_KERNELS_SIMPLEX_H_
