// The kernel that finds the simplex around each point; see kernels_impl.h.
//
// The steps are those of figure 2 of Adams et al. 2010: lift the point to the
// hyperplane sum x = 0, round it to the nearest vertex of remainder 0, rank the
// differences, interpolate. A vector holds one number for each of several
// points.
#ifndef RLOSS_LATTICE_EMBED_IMPL_H_
#define RLOSS_LATTICE_EMBED_IMPL_H_

#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "kernels.h"
#include "self_affinity.h"
#include "vectors.h"
#include "vertex_key.h"

namespace rloss {
namespace RLOSS_KERNEL_NAMESPACE {
namespace {

// `kEqualized` is known at compile time, because GCC 12 turns a run-time
// condition around vectors into a mask for the first lane only.
template <typename Real, int D, bool kEqualized>
struct Embedder {
  using Key = VertexKey<D>;
  static constexpr int kLanes = kVectorBytes / sizeof(Real);
  static constexpr int kKeyWords = sizeof(typename Key::Word) / 4;
  using V = typename Vector<Real, kLanes>::Type;
  using Integer = std::conditional_t<sizeof(Real) == 4, int32_t, int64_t>;
  using I = typename Vector<Integer, kLanes>::Type;  // also masks: 0 or -1
  using Unsigned = std::make_unsigned_t<Integer>;
  using U = typename Vector<Unsigned, kLanes>::Type;

  static constexpr Real kCycle = D + 1;
  static constexpr Real kInverse = Real(1) / (D + 1);
  // Adding this number and subtracting it again rounds to an integer. Between
  // the two steps, the low bits of the sum are that integer.
  static constexpr Real kRounder =
      sizeof(Real) == 4 ? Real(12582912) : Real(6755399441055744);  // 1.5 * 2^m

  static I Bits(V v) {
    I bits;
    std::memcpy(&bits, &v, sizeof(v));
    return bits;
  }
  static V Spread(Real x) { return x - V{}; }
  static I ToInteger(V whole) {
    return Bits(whole + kRounder) - Bits(Spread(kRounder));
  }

  // Returns a mask that tells which of kLanes points are in range. NaN is not.
  static I Run(const Real (*planar)[kBlock], int lane, SimplexBlock* simplices,
               Real* weights) {
    V elevated[D + 1];
    V sum{};
    for (int i = D; i > 0; --i) {
      const double usual =
          (D + 1) * std::sqrt(2.0 / 3.0) / std::sqrt(double(i) * (i + 1));
      const Real scale = Real(kEqualized ? usual * kFiner : usual);
      const V scaled = Load<Real, kLanes>(planar[i - 1] + lane) * scale;
      elevated[i] = sum - Real(i) * scaled;
      sum += scaled;
    }
    elevated[0] = sum;

    // Rounding and the correction below move a quotient by up to 3/2.
    constexpr Real kLimit = kCycle * (Key::kMaxQuotient - Real(1.5));
    I in_range = I{} - 1;
    V quotient[D + 1], difference[D + 1];
    I rank[D + 1];
    V excess{};
    for (int i = 0; i <= D; ++i) {
      const V x = elevated[i];
      in_range &= (x <= kLimit) & (x >= -kLimit);
      const V v = x * kInverse;
      V q = (v + kRounder) - kRounder;
      q = q > v ? q - Real(1) : q;  // floor
      const V below = x - q * kCycle;
      const V above = (q + Real(1)) * kCycle - x;
      q = above < below ? q + Real(1) : q;
      quotient[i] = q;
      excess += q;
      difference[i] = x - q * kCycle;
      rank[i] = I{} + i;
    }
    for (int i = 0; i < D; ++i) {
      for (int j = i + 1; j <= D; ++j) {
        const I less = difference[i] < difference[j];
        rank[i] -= less;  // a mask: true is -1
        rank[j] += less;
      }
    }

    // The rounded point lies `excess` cycles beside the hyperplane. Moving it
    // back by one cycle along the axes of the largest (smallest) differences
    // returns it to the hyperplane.
    const I shift = ToInteger(excess);
    for (int i = 0; i <= D; ++i) {
      const I shifted = rank[i] + shift;
      const I up = shifted < 0;
      const I down = shifted > D;
      rank[i] = shifted + (up & (D + 1)) - (down & (D + 1));
      V q = quotient[i];
      q = up ? q + Real(1) : q;
      q = down ? q - Real(1) : q;
      quotient[i] = q;
      difference[i] = elevated[i] - q * kCycle;
    }
    Store(quotient, rank, lane, simplices);
    Interpolate(difference, lane, weights);
    return in_range;
  }

  static void StoreWords(U words, uint32_t* target) {
    Unsigned lanes[kLanes];
    std::memcpy(lanes, &words, sizeof(words));
    for (int l = 0; l < kLanes; ++l) {
      target[l] = static_cast<uint32_t>(lanes[l]);
    }
  }

  // Packs the fields of a VertexKey. A field may lie across two words.
  static void Store(const V* quotient, const I* rank, int lane,
                    SimplexBlock* simplices) {
    U words[kKeyWords] = {};
    U ranks{};
    for (int i = 0; i < D; ++i) {
      const U field = U(ToInteger(quotient[i]) + Integer{Key::kBias});
      const int bit = Key::kRemainderBits + i * Key::kBits;
      const int word = bit / 32;
      words[word] |= field << (bit % 32);
      if (bit % 32 + Key::kBits > 32) {
        words[word + 1] |= field >> (32 - bit % 32);
      }
      ranks |= U(rank[i]) << (4 * i);
    }
    U hash = ranks * Unsigned{0x2C1B3C6D};
    constexpr uint32_t kFactors[4] = {0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D,
                                      0x27D4EB2F};
    for (int w = 0; w < kKeyWords; ++w) {
      hash += words[w] * Unsigned{kFactors[w]};
      StoreWords(words[w], simplices->key[w] + lane);
    }
    StoreWords(ranks, simplices->ranks + lane);
    StoreWords(hash, simplices->hash + lane);
  }

  static void Interpolate(V* difference, int lane, Real* weights) {
    // Sorts with a selection network: turn i moves the largest of the remaining
    // numbers to place i.
    for (int i = 0; i < D; ++i) {
      for (int j = i + 1; j <= D; ++j) {
        const V larger = Max(difference[i], difference[j]);
        difference[j] = Min(difference[i], difference[j]);
        difference[i] = larger;
      }
    }
    V weight[D + 1];
    weight[0] = Real(1) + (difference[D] - difference[0]) * kInverse;
    for (int k = 1; k <= D; ++k) {
      weight[k] = (difference[D - k] - difference[D + 1 - k]) * kInverse;
    }
    if constexpr (kEqualized) {
      const V factor = Real(1) / Sqrt(SelfAffinity<D, Real>(weight));
      for (int k = 0; k <= D; ++k) weight[k] *= factor;
    }
    for (int k = 0; k <= D; ++k) {
      rloss::RLOSS_KERNEL_NAMESPACE::Store<Real, kLanes>(
          weight[k], weights + k * kBlock + lane);
    }
  }
};

template <typename Real, int D, bool kEqualized>
bool EmbedAs(const Real* features, int64_t blocks, SimplexBlock* simplices,
             Real* weights) {
  using E = Embedder<Real, D, kEqualized>;
  typename E::I in_range = typename E::I{} - 1;
  for (int64_t b = 0; b < blocks; ++b) {
    PrefetchAhead(features + b * kBlock * D, kBlock * D);
    alignas(64) Real planar[D][kBlock];
    for (int i = 0; i < D; ++i) {
      for (int l = 0; l < kBlock; ++l) {
        planar[i][l] = features[(b * kBlock + l) * D + i];
      }
    }
    for (int lane = 0; lane < kBlock; lane += E::kLanes) {
      in_range &= E::Run(planar, lane, simplices + b,
                         weights + b * kBlock * (D + 1));
    }
  }
  for (int l = 0; l < E::kLanes; ++l) {
    if (in_range[l] == 0) return false;
  }
  return true;
}

template <typename Real, int D>
bool Embed(const Real* features, int64_t blocks, bool equalized,
           SimplexBlock* simplices, Real* weights) {
  const auto embed = equalized ? &EmbedAs<Real, D, true>
                               : &EmbedAs<Real, D, false>;
  return embed(features, blocks, simplices, weights);
}

}  // namespace
}  // namespace RLOSS_KERNEL_NAMESPACE
}  // namespace rloss

#endif  // RLOSS_LATTICE_EMBED_IMPL_H_
