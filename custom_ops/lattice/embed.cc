// Embeds points in a lattice, strip by strip: finds the simplex around each
// point, and numbers the vertices of the strip.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels.h"
#include "lattice.h"
#include "strips.h"
#include "vertex_key.h"

namespace rloss {
namespace {

constexpr int kCacheBits = 12;      // 2^12 entries have 64 KB
constexpr int kBlocksPerCall = 16;  // hides the cost of a call, fits the L1

template <typename Real>
FeatureError FindFault(const Real* features, int64_t points, int dim,
                       bool equalized, const Kernels<Real>& kernels) {
  // The kernel said that some point is at fault. This finds the first one.
  for (int64_t p = 0; p < points; ++p) {
    for (int i = 0; i < dim; ++i) {
      if (!std::isfinite(features[p * dim + i])) {
        return {FeatureError::Kind::kNotFinite, p};
      }
    }
    Real copies[kBlock * kMaxDim];
    Real weights[kBlock * (kMaxDim + 1)];
    SimplexBlock block;
    for (int l = 0; l < kBlock; ++l) {
      std::memcpy(copies + l * dim, features + p * dim, dim * sizeof(Real));
    }
    if (!kernels.embed(copies, 1, equalized, &block, weights)) {
      return {FeatureError::Kind::kOutOfRange, p};
    }
  }
  return {};
}

template <typename Word>
Word BaseKey(const SimplexBlock& block, int lane) {
  Word key = block.key[0][lane] | uint64_t{block.key[1][lane]} << 32;
  if constexpr (sizeof(Word) > 8) {
    key |= static_cast<Word>(block.key[2][lane] |
                             uint64_t{block.key[3][lane]} << 32)
           << 64;
  }
  return key;
}

}  // namespace

// Computes the keys of a simplex' vertices, in the order of their remainders.
// The first is the base. The vertex of remainder r + 1 is the one of r, moved
// by one along all axes and back by one cycle along the axis of rank D - r.
template <int D, typename Word>
void SimplexKeys(Word base, uint32_t ranks, Word* keys) {
  Word steps[D + 1] = {};
  for (int i = 0; i < D; ++i) {
    steps[(ranks >> (4 * i)) & 15] = VertexKey<D>::Unit(i);
  }
  keys[0] = base;
  for (int r = 0; r < D; ++r) keys[r + 1] = keys[r] + 1 - steps[D - r];
}

// Embeds points [begin, end), which have these features; `begin` must start a
// block. Fills the last block up with copies of the last point.
template <typename Real>
template <int D>
bool Lattice<Real>::EmbedBlocks(const Real* features, int64_t begin,
                                int64_t end, SimplexBlock* simplices) {
  const Kernels<Real>& kernels = SelectKernels<Real>(D, kWide);
  const int64_t whole = (end - begin) / kBlock;
  const int64_t rest = end - begin - whole * kBlock;
  Real* weights = weights_.data() + begin * (D + 1);
  if (!kernels.embed(features, whole, equalized_, simplices, weights)) {
    return false;
  }
  if (rest == 0) return true;
  Real padded[kBlock * D];
  for (int64_t l = 0; l < kBlock; ++l) {
    std::memcpy(padded + l * D,
                features + (whole * kBlock + std::min(l, rest - 1)) * D,
                D * sizeof(Real));
  }
  return kernels.embed(padded, 1, equalized_, simplices + whole,
                       weights + whole * kBlock * (D + 1));
}

template <typename Real>
template <int D, typename Word, typename Scratch>
FeatureError Lattice<Real>::EmbedStrip(const PointFeatures<Real>& points,
                                       Scratch* scratch, Strip* strip,
                                       std::vector<Word>* keys) {
  const Kernels<Real>& kernels = SelectKernels<Real>(D, kWide);
  auto& table = scratch->table;
  auto& cache = scratch->cache;
  table.Clear();
  cache.assign(size_t{1} << kCacheBits, {~Word{0}, ~uint32_t{0}, 0});
  std::vector<int32_t>& rows = scratch->simplices;
  static_assert(Strips::kMostPoints <= 1 << 16, "see simplex_of_point_");

  constexpr int points_per_call = kBlocksPerCall * kBlock;
  Real made[points_per_call * D];
  SimplexBlock simplices[kBlocksPerCall];
  int32_t missed[points_per_call];
  Word wanted[points_per_call * (D + 1)];
  size_t next = 0;
  for (int64_t begin = strip->begin; begin < strip->end;
       begin += points_per_call) {
    const int64_t end = std::min(begin + points_per_call, strip->end);
    const Real* features = points.template Get<D>(begin, end, made);
    if (!EmbedBlocks<D>(features, begin, end, simplices)) {
      FeatureError error =
          FindFault(features, end - begin, D, equalized_, kernels);
      error.point += begin;
      return error;
    }
    // Most points lie in a simplex that was seen a moment ago. The others are
    // listed first, so that the memory accesses for their vertices overlap. The
    // list is made without a branch, because none could be predicted.
    int misses = 0;
    for (int64_t p = begin; p < end; ++p) {
      const SimplexBlock& block = simplices[(p - begin) / kBlock];
      const int l = (p - begin) % kBlock;
      const Word base = BaseKey<Word>(block, l);
      const uint32_t ranks = block.ranks[l];
      auto& entry = cache[block.hash[l] >> (32 - kCacheBits)];
      const bool miss = ((entry.base ^ base) | (entry.ranks ^ ranks)) != 0;
      const uint32_t fresh = static_cast<uint32_t>(next + misses);
      const uint32_t simplex =
          entry.simplex ^ ((entry.simplex ^ fresh) & -uint32_t{miss});
      entry = {base, ranks, simplex};
      simplex_of_point_[p] = static_cast<uint16_t>(simplex);
      missed[misses] = static_cast<int32_t>(p - begin);
      misses += miss;
    }
    for (int m = 0; m < misses; ++m) {
      const SimplexBlock& block = simplices[missed[m] / kBlock];
      const int l = missed[m] % kBlock;
      SimplexKeys<D>(BaseKey<Word>(block, l), block.ranks[l],
                     wanted + m * (D + 1));
    }
    rows.resize((next + misses) * (D + 1));
    table.FindOrInsert(wanted, misses * (D + 1),
                       rows.data() + next * (D + 1));
    next += misses;
  }
  strip->vertices = table.size();
  strip->simplices.assign(rows.begin(), rows.end());
  keys->assign(table.keys(), table.keys() + table.size());
  return {};
}

#define RLOSS_INSTANTIATE(Real, D)                                         \
  template FeatureError Lattice<Real>::EmbedStrip<D>(                      \
      const PointFeatures<Real>&,                                          \
      Workspace<Real>::StripScratch<VertexKey<D>::Word>*, Strip*,          \
      std::vector<VertexKey<D>::Word>*);
#define RLOSS_INSTANTIATE_BOTH(D) \
  RLOSS_INSTANTIATE(float, D)     \
  RLOSS_INSTANTIATE(double, D)
RLOSS_INSTANTIATE_BOTH(1)
RLOSS_INSTANTIATE_BOTH(2)
RLOSS_INSTANTIATE_BOTH(3)
RLOSS_INSTANTIATE_BOTH(4)
RLOSS_INSTANTIATE_BOTH(5)
RLOSS_INSTANTIATE_BOTH(6)
RLOSS_INSTANTIATE_BOTH(7)
RLOSS_INSTANTIATE_BOTH(8)
#undef RLOSS_INSTANTIATE_BOTH
#undef RLOSS_INSTANTIATE

}  // namespace rloss
