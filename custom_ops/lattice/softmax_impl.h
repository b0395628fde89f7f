// The kernels that turn logits and messages into probabilities, and the
// gradient with respect to probabilities into that with respect to logits; see
// kernels_impl.h.
#ifndef RLOSS_LATTICE_SOFTMAX_IMPL_H_
#define RLOSS_LATTICE_SOFTMAX_IMPL_H_

#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "kernels.h"
#include "vectors.h"

namespace rloss {
namespace RLOSS_KERNEL_NAMESPACE {
namespace {

template <typename Real, int N>
struct InverseFactorials {
  constexpr InverseFactorials() : of() {
    of[0] = 1;
    for (int n = 1; n <= N; ++n) of[n] = of[n - 1] / Real(n);
  }
  Real of[N + 1];
};

// Returns exp(x) for x <= 0, with an error of one or two roundings and the same
// bits on all processors. Returns 0 where the result would be below the
// smallest normal number.
//
// It splits x = k log 2 + r with |r| <= log(2) / 2, and then sums exp(x) = 2^k
// (1 + r + r^2 / 2! + ...). The first term left out is below half a rounding.
template <typename Real, int W>
inline typename Vector<Real, W>::Type Exp(typename Vector<Real, W>::Type x) {
  using V = typename Vector<Real, W>::Type;
  using Word = std::conditional_t<sizeof(Real) == 4, uint32_t, uint64_t>;
  constexpr bool kSingle = sizeof(Real) == 4;
  constexpr int kTerms = kSingle ? 7 : 13;
  constexpr int kMantissaBits = kSingle ? 23 : 52;
  constexpr Word kOne = kSingle ? 0x3F800000 : 0x3FF0000000000000;
  constexpr Real kLeast = kSingle ? Real(-87.3365) : Real(-708.396);
  // log 2 is the sum of two parts. The first has so few digits that k times it
  // is exact.
  constexpr Real kHigh = kSingle ? Real(0.693359375) : Real(0.693145751953125);
  constexpr Real kLow = kSingle ? Real(-2.12194440054690583e-4)
                                : Real(1.42860682030941723212e-6);
  // Adding this number rounds to an integer, which the low bits of the sum are.
  constexpr Real kRounder =
      kSingle ? Real(12582912) : Real(6755399441055744);  // 1.5 * 2^m

  constexpr InverseFactorials<Real, kTerms> inverse;

  const V shifted = x * Real(1.44269504088896340736) + kRounder;
  const V k = shifted - kRounder;
  const V r = (x - k * kHigh) - k * kLow;
  // Sums even and odd powers of r separately: in a single chain each step would
  // wait for the one before.
  const V square = r * r;
  V odd = inverse.of[kTerms] - V{};
  V even = inverse.of[kTerms - 1] - V{};
  for (int n = kTerms - 2; n > 0; n -= 2) {
    odd = odd * square + inverse.of[n];
    even = even * square + inverse.of[n - 1];
  }
  typename Vector<Word, W>::Type bits;
  std::memcpy(&bits, &shifted, sizeof(bits));
  bits = (bits << kMantissaBits) + kOne;
  V power;
  std::memcpy(&power, &bits, sizeof(power));
  return x < kLeast ? V{} : (odd * r + even) * power;
}

// Combines all lanes, always in the same order.
template <typename Real, int W, typename Combine>
inline Real Fold(typename Vector<Real, W>::Type v, Combine combine) {
  Real lanes[W];
  Store<Real, W>(v, lanes);
  for (int half = W / 2; half > 0; half /= 2) {
    for (int l = 0; l < half; ++l) {
      lanes[l] = combine(lanes[l], lanes[l + half]);
    }
  }
  return lanes[0];
}

// Computes the softmax of up to kBlock points. kWhole tells that whole vectors
// can be read and written without leaving the arrays. `rows` are the messages
// of the first kernel, and those of the next kernel follow after `step`
// numbers.
//
// Each step (sum, powers, quotients) is done for all points before the next
// step: for a single point, each step would wait for the one before.
template <typename Real, int W, bool kWhole>
inline void SoftmaxBlock(const Real* logits, int points, int channels,
                         int stride, int count, int64_t step, Real* rows,
                         Real* target) {
  using V = typename Vector<Real, W>::Type;
  constexpr Real kInfinity = std::numeric_limits<Real>::infinity();
  Real scale[kBlock];
  for (int p = 0; p < points; ++p) {
    const Real* logit = logits + p * channels;
    Real* row = rows + p * stride;
    PrefetchAhead(logit, channels);
    V greatest = -kInfinity - V{};
    for (int c = 0; c < stride; c += W) {
      V v{};
      if (kWhole) {
        v = Load<Real, W>(logit + c);
      } else if (c < channels) {
        std::memcpy(&v, logit + c, Least(channels - c, W) * sizeof(Real));
      }
      for (int m = 0; m < count; ++m) v += Load<Real, W>(row + m * step + c);
      if (c + W > channels) v = FillFrom<Real, W>(channels - c, -kInfinity, v);
      greatest = greatest > v ? greatest : v;
      Store<Real, W>(v, row + c);
    }
    const Real top = Fold<Real, W>(
        greatest, [](Real a, Real b) { return a > b ? a : b; });
    for (int c = 0; c < stride; c += W) {
      Store<Real, W>(Load<Real, W>(row + c) - top, row + c);
    }
  }
  constexpr int kLanes = kVectorBytes / sizeof(Real);
  const int size = points * stride;
  int i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    Store<Real, kLanes>(Exp<Real, kLanes>(Load<Real, kLanes>(rows + i)),
                        rows + i);
  }
  for (; i < size; i += W) {
    Store<Real, W>(Exp<Real, W>(Load<Real, W>(rows + i)), rows + i);
  }
  for (int p = 0; p < points; ++p) {
    const Real* row = rows + p * stride;
    V sum{};
    for (int c = 0; c < stride; c += W) sum += Load<Real, W>(row + c);
    scale[p] = 1 / Fold<Real, W>(sum, [](Real a, Real b) { return a + b; });
  }
  for (int p = 0; p < points; ++p) {
    const Real* row = rows + p * stride;
    Real* to = target + p * channels;
    PrefetchAhead(to, channels);
    for (int c = 0; c < stride; c += W) {
      const V v = Load<Real, W>(row + c) * scale[p];
      if (kWhole) {
        Store<Real, W>(v, to + c);
      } else if (c < channels) {
        std::memcpy(to + c, &v, Least(channels - c, W) * sizeof(Real));
      }
    }
  }
}

template <typename Real, int W>
void Softmax(const Real* logits, int64_t points, int channels, int stride,
             int count, Real* messages, Real* output) {
  const int64_t step = points * stride;
  // As in SlicePoints, the next point overwrites what is written beyond one.
  const int64_t whole =
      WholeRows(points * channels, channels, stride, points);
  for (int64_t p = 0; p < points;) {
    const int64_t end = p < whole ? whole : points;
    const int some = static_cast<int>(p + kBlock < end ? kBlock : end - p);
    const auto block = p < whole ? &SoftmaxBlock<Real, W, true>
                                 : &SoftmaxBlock<Real, W, false>;
    block(logits + p * channels, some, channels, stride, count, step,
          messages + p * stride, output + p * channels);
    p += some;
  }
}

// kWhole tells that whole vectors can be read and written without leaving the
// arrays.
template <typename Real, int W, bool kWhole>
inline void SoftmaxGradientPoint(const Real* probs, const Real* gradient,
                                 int channels, Real* target) {
  using V = typename Vector<Real, W>::Type;
  const auto load = [channels](const Real* row, int c) {
    if (kWhole) return Load<Real, W>(row + c);
    V v{};
    std::memcpy(&v, row + c, Least(channels - c, W) * sizeof(Real));
    return v;
  };
  V sum{};
  for (int c = 0; c < channels; c += W) {
    V product = load(gradient, c) * load(probs, c);
    if (c + W > channels) {
      product = FillFrom<Real, W>(channels - c, 0, product);
    }
    sum += product;
  }
  const Real mean = Fold<Real, W>(sum, [](Real a, Real b) { return a + b; });
  for (int c = 0; c < channels; c += W) {
    const V v = (load(gradient, c) - mean) * load(probs, c);
    if (kWhole) {
      Store<Real, W>(v, target + c);
    } else {
      std::memcpy(target + c, &v, Least(channels - c, W) * sizeof(Real));
    }
  }
}

template <typename Real, int W>
void SoftmaxGradient(const Real* probs, const Real* gradient, int64_t points,
                     int channels, Real* output) {
  const int stride = (channels + W - 1) / W * W;
  // As in SlicePoints, the next point overwrites what is written beyond one.
  const int64_t whole =
      WholeRows(points * channels, channels, stride, points);
  for (int64_t p = 0; p < points; ++p) {
    const int64_t first = p * channels;
    PrefetchAhead(probs + first, channels);
    PrefetchAhead(gradient + first, channels);
    PrefetchAhead(output + first, channels);
    const auto point = p < whole ? &SoftmaxGradientPoint<Real, W, true>
                                 : &SoftmaxGradientPoint<Real, W, false>;
    point(probs + first, gradient + first, channels, output + first);
  }
}

}  // namespace
}  // namespace RLOSS_KERNEL_NAMESPACE
}  // namespace rloss

#endif  // RLOSS_LATTICE_SOFTMAX_IMPL_H_
