// The bodies of the kernels in kernels.h. Included by one file for each
// instruction set, which defines RLOSS_KERNEL_NAMESPACE first.
//
// All files are compiled with -ffp-contract=off: the choice of a simplex must
// not depend on fused multiply-add, or back ends would disagree on the lattice.

#include <cmath>
#include <cstdint>
#include <cstring>

#include "kernels.h"

// Vectors wider than the registers are split by the compiler; none of them
// crosses a file, so their calling convention does not matter.
#pragma GCC diagnostic ignored "-Wpsabi"

namespace rloss {
namespace RLOSS_KERNEL_NAMESPACE {
namespace {

template <typename Real, int W>
struct Vector {
  typedef Real Type __attribute__((vector_size(W * sizeof(Real))));
};

template <typename Real, int W>
inline typename Vector<Real, W>::Type Load(const Real* p) {
  typename Vector<Real, W>::Type v;
  std::memcpy(&v, p, sizeof(v));
  return v;
}

template <typename Real, int W>
inline void Store(typename Vector<Real, W>::Type v, Real* p) {
  std::memcpy(p, &v, sizeof(v));
}

// Adams et al. 2010, figure 2: elevate to the hyperplane sum x = 0, round to
// the nearest vertex of remainder 0, rank the differences, interpolate.
// All loops over `l` run over the points of a block and are vectorised.
template <typename Real, int D>
void Embed(const Real* features, int32_t max_quotient, SimplexBlock* block,
           Real* weights) {
  constexpr Real kCycle = D + 1;
  constexpr Real kInverse = Real(1) / (D + 1);
  alignas(64) Real elevated[D + 1][kBlock];
  alignas(64) Real difference[D + 1][kBlock];
  alignas(64) Real sorted[D + 1][kBlock];
  alignas(64) int32_t quotient[D + 1][kBlock];
  alignas(64) int32_t rank[D + 1][kBlock];
  alignas(64) Real sum[kBlock];
  alignas(64) int32_t excess[kBlock];

  // Beyond this bound the point is refused anyway; clamping keeps the
  // conversion to integers defined.
  const Real bound = Real(4) * kCycle * Real(max_quotient);
  int not_finite = 0;
  int out_of_range = 0;

  for (int l = 0; l < kBlock; ++l) sum[l] = 0;
  for (int i = D; i > 0; --i) {
    const Real scale =
        Real((D + 1) * std::sqrt(2.0 / 3.0) / std::sqrt(double(i) * (i + 1)));
    for (int l = 0; l < kBlock; ++l) {
      const Real feature = features[l * D + i - 1];
      not_finite |= !(feature - feature == 0);
      const Real scaled = feature * scale;
      elevated[i][l] = sum[l] - Real(i) * scaled;
      sum[l] += scaled;
    }
  }
  for (int l = 0; l < kBlock; ++l) elevated[0][l] = sum[l];

  for (int l = 0; l < kBlock; ++l) excess[l] = 0;
  for (int i = 0; i <= D; ++i) {
    for (int l = 0; l < kBlock; ++l) {
      Real x = elevated[i][l];
      x = x < bound ? x : bound;
      x = x > -bound ? x : -bound;
      elevated[i][l] = x;
      const Real v = x * kInverse;
      int32_t q = static_cast<int32_t>(v);
      q -= v < Real(q);  // floor
      const Real below = x - Real(q) * kCycle;
      const Real above = Real(q + 1) * kCycle - x;
      q += above < below;
      quotient[i][l] = q;
      excess[l] += q;
      difference[i][l] = x - Real(q) * kCycle;
      rank[i][l] = 0;
    }
  }

  for (int i = 0; i < D; ++i) {
    for (int j = i + 1; j <= D; ++j) {
      for (int l = 0; l < kBlock; ++l) {
        const int32_t less = difference[i][l] < difference[j][l];
        rank[i][l] += less;
        rank[j][l] += 1 - less;
      }
    }
  }

  // The rounded point leaves the hyperplane by `excess`; moving the axes of
  // the largest (smallest) differences back by one cycle returns it.
  for (int i = 0; i <= D; ++i) {
    for (int l = 0; l < kBlock; ++l) {
      const int32_t shifted = rank[i][l] + excess[l];
      const int32_t up = shifted < 0;
      const int32_t down = shifted > D;
      rank[i][l] = shifted + (up - down) * (D + 1);
      quotient[i][l] += up - down;
      difference[i][l] = elevated[i][l] - Real(quotient[i][l]) * kCycle;
      out_of_range |= quotient[i][l] > max_quotient;
      out_of_range |= quotient[i][l] < -max_quotient;
    }
  }

  for (int k = 0; k <= D; ++k) {
    for (int l = 0; l < kBlock; ++l) sorted[k][l] = 0;
    for (int i = 0; i <= D; ++i) {
      for (int l = 0; l < kBlock; ++l) {
        sorted[k][l] = rank[i][l] == k ? difference[i][l] : sorted[k][l];
      }
    }
  }

  for (int l = 0; l < kBlock; ++l) {
    weights[l * (D + 1)] = 1 + (sorted[D][l] - sorted[0][l]) * kInverse;
  }
  for (int k = 1; k <= D; ++k) {
    for (int l = 0; l < kBlock; ++l) {
      weights[l * (D + 1) + k] =
          (sorted[D - k][l] - sorted[D + 1 - k][l]) * kInverse;
    }
  }

  for (int l = 0; l < kBlock; ++l) block->ranks[l] = 0;
  for (int i = 0; i < D; ++i) {
    for (int l = 0; l < kBlock; ++l) {
      block->ranks[l] |= static_cast<uint32_t>(rank[i][l]) << (4 * i);
    }
  }
  std::memcpy(block->quotients, quotient, sizeof(quotient));
  block->finite = !not_finite;
  block->in_range = !out_of_range;
}

template <typename Real, int D, int W>
void Splat(const Real* values, int64_t points, int64_t readable, int channels,
           int stride, Embedding<Real> embedding, Real* rows) {
  for (int64_t p = 0; p < points; ++p) {
    const int32_t* simplex =
        embedding.simplices +
        int64_t{embedding.simplex_of_point[p]} * (D + 1);
    const Real* weight = embedding.weights + p * (D + 1);
    const Real* value = values + p * channels;
    for (int c = 0; c < stride; c += W) {
      // A whole vector may run into the next point's channels: they end up
      // in the row's padding, which nobody reads.
      typename Vector<Real, W>::Type v;
      if (p * channels + c + W <= readable) {
        v = Load<Real, W>(value + c);
      } else {
        v = typename Vector<Real, W>::Type{};
        std::memcpy(&v, value + c, (channels - c) * sizeof(Real));
      }
      for (int k = 0; k <= D; ++k) {
        Real* row = rows + int64_t{simplex[k]} * stride + c;
        Store<Real, W>(Load<Real, W>(row) + weight[k] * v, row);
      }
    }
  }
}

template <typename Real, int D, int W>
void Slice(const Real* rows, int64_t points, int channels, int stride,
           Embedding<Real> embedding, Real gain, Real* output) {
  for (int64_t p = 0; p < points; ++p) {
    const int32_t* simplex =
        embedding.simplices +
        int64_t{embedding.simplex_of_point[p]} * (D + 1);
    const Real* weight = embedding.weights + p * (D + 1);
    Real* target = output + p * channels;
    for (int c = 0; c < stride; c += W) {
      typename Vector<Real, W>::Type sum =
          weight[0] * Load<Real, W>(rows + int64_t{simplex[0]} * stride + c);
      for (int k = 1; k <= D; ++k) {
        sum +=
            weight[k] * Load<Real, W>(rows + int64_t{simplex[k]} * stride + c);
      }
      sum *= gain;
      // What a whole vector writes beyond this point's channels, the next
      // point of the strip overwrites; the strip's end is written exactly.
      if ((points - p) * channels - c >= W) {
        Store<Real, W>(sum, target + c);
      } else {
        std::memcpy(target + c, &sum, (channels - c) * sizeof(Real));
      }
    }
  }
}

template <typename Real, int W>
void Blur(const Real* source, const int32_t* up, const int32_t* down,
          int64_t begin, int64_t end, int stride, Real* target) {
  for (int64_t v = begin; v < end; ++v) {
    const Real* centre = source + v * stride;
    const Real* above = source + int64_t{up[v]} * stride;
    const Real* below = source + int64_t{down[v]} * stride;
    for (int c = 0; c < stride; c += W) {
      Store<Real, W>(
          Load<Real, W>(centre + c) +
              Real(0.5) * (Load<Real, W>(above + c) + Load<Real, W>(below + c)),
          target + v * stride + c);
    }
  }
}

template <typename Real, int D, int W>
constexpr Kernels<Real> kKernels = {&Embed<Real, D>, &Splat<Real, D, W>,
                                    &Slice<Real, D, W>, &Blur<Real, W>};

template <typename Real, int W>
const Kernels<Real>& OfWidth(int dim) {
  switch (dim) {
    case 1: return kKernels<Real, 1, W>;
    case 2: return kKernels<Real, 2, W>;
    case 3: return kKernels<Real, 3, W>;
    case 4: return kKernels<Real, 4, W>;
    case 5: return kKernels<Real, 5, W>;
    case 6: return kKernels<Real, 6, W>;
    case 7: return kKernels<Real, 7, W>;
    default: return kKernels<Real, 8, W>;
  }
}

}  // namespace

const Kernels<float>& FloatKernels(int dim, int stride) {
  return stride <= kNarrow ? OfWidth<float, kNarrow>(dim)
                           : OfWidth<float, kWide>(dim);
}

const Kernels<double>& DoubleKernels(int dim, int stride) {
  return stride <= kNarrow ? OfWidth<double, kNarrow>(dim)
                           : OfWidth<double, kWide>(dim);
}

}  // namespace RLOSS_KERNEL_NAMESPACE
}  // namespace rloss
