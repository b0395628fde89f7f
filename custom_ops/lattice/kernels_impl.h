// The bodies of the kernels in kernels.h. One file for each instruction set
// defines RLOSS_KERNEL_NAMESPACE and includes this one.
//
// All files are compiled with -ffp-contract=off: if the choice of a simplex
// depended on fused multiply-adds, back ends would disagree on the lattice.

// The compiler splits vectors that are wider than the registers. No function
// of another file takes or returns one, so GCC's warning about their calling
// convention does not matter.
#pragma GCC diagnostic ignored "-Wpsabi"
#ifndef __clang__
// GCC warns of faults in its own intrinsics (its bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <cstdint>
#include <cstring>

#include "embed_impl.h"
#include "kernels.h"
#include "softmax_impl.h"
#include "vectors.h"

namespace rloss {
namespace RLOSS_KERNEL_NAMESPACE {
namespace {

// The rows and weights of the vertices around one point.
template <typename Real, int D, int W>
struct Corners {
  using V = typename Vector<Real, W>::Type;

  Corners(const Embedding<Real>& embedding, int64_t point, int stride) {
    const int32_t* simplex =
        embedding.simplices +
        int64_t{embedding.simplex_of_point[point]} * (D + 1);
    const Real* weights = embedding.weights +
                          point / kBlock * kBlock * (D + 1) + point % kBlock;
    for (int k = 0; k <= D; ++k) {
      offset[k] = int64_t{simplex[k]} * stride;
      weight[k] = weights[k * kBlock] - V{};
    }
    if (embedding.region == nullptr) return;
    for (int k = 0; k <= D; ++k) weight[k] *= embedding.region[point];
  }

  int64_t offset[D + 1];
  V weight[D + 1];
};

// kWhole tells that whole vectors can be read without leaving the array.
template <typename Real, int D, int W, bool kWhole, bool kOne>
inline void SplatPoint(const Real* value, int channels, int stride,
                       const Corners<Real, D, W>& corners, Real* rows) {
  using V = typename Vector<Real, W>::Type;
  for (int c = 0; c < stride; c += W) {
    V v{};
    if (kWhole) {
      v = Load<Real, W>(value + c);
    } else if (c < channels) {
      std::memcpy(&v, value + c, Least(channels - c, W) * sizeof(Real));
    }
    if (kOne && c + W > channels) {
      v = FillFrom<Real, W>(channels - c, 1, v);
    }
    for (int k = 0; k <= D; ++k) {
      Real* row = rows + corners.offset[k] + c;
      Store<Real, W>(Load<Real, W>(row) + corners.weight[k] * v, row);
    }
  }
}

// `input` and `embedding` come by value, so that the compiler knows that
// writing rows does not change them.
template <typename Real, int D, int W, bool kOne>
void SplatPoints(const SplatInput<Real>& input, int64_t points, int stride,
                 const Embedding<Real> embedding, Real* rows) {
  const Real* const values = input.values;
  const int channels = input.channels;
  // A whole vector may also read channels of the next point. They are added to
  // the padding of the row, which nobody reads.
  const int64_t whole = WholeRows(input.readable, channels, stride, points);
  int64_t p = 0;
  for (; p < whole; ++p) {
    const Real* value = values + p * channels;
    PrefetchAhead(value, channels);
    SplatPoint<Real, D, W, true, kOne>(value, channels, stride,
                                       {embedding, p, stride}, rows);
  }
  for (; p < points; ++p) {
    const Real* value = values + p * channels;
    SplatPoint<Real, D, W, false, kOne>(value, channels, stride,
                                        {embedding, p, stride}, rows);
  }
}

template <typename Real, int D, int W>
void Splat(const SplatInput<Real>& input, int64_t points, int stride,
           const Embedding<Real>& embedding, Real* rows) {
  if (input.one) {
    SplatPoints<Real, D, W, true>(input, points, stride, embedding, rows);
  } else {
    SplatPoints<Real, D, W, false>(input, points, stride, embedding, rows);
  }
}

template <typename Real, int D, int W, bool kWhole, bool kOne>
inline void SlicePoint(const Real* rows, int channels, int stride,
                       const Corners<Real, D, W>& corners, Real gain,
                       Real* target, Real* one) {
  using V = typename Vector<Real, W>::Type;
  for (int c = 0; c < stride; c += W) {
    V sum = corners.weight[0] * Load<Real, W>(rows + corners.offset[0] + c);
    for (int k = 1; k <= D; ++k) {
      sum += corners.weight[k] * Load<Real, W>(rows + corners.offset[k] + c);
    }
    sum *= gain;
    if (kWhole) {
      Store<Real, W>(sum, target + c);
    } else if (c < channels) {
      std::memcpy(target + c, &sum, Least(channels - c, W) * sizeof(Real));
    }
    if (kOne && c <= channels && channels < c + W) *one = sum[channels - c];
  }
}

template <typename Real, int D, int W, bool kOne>
void SlicePoints(const Real* rows, int64_t points, int stride,
                 const Embedding<Real> embedding, Real gain,
                 const SliceOutput<Real> output) {
  const int channels = output.channels;
  // A whole vector may write beyond a point's channels. The next point of the
  // strip overwrites that; at the end of the strip only channels are written.
  const int64_t whole =
      WholeRows(points * channels, channels, stride, points);
  int64_t p = 0;
  for (; p < whole; ++p) {
    Real* target = output.values + p * channels;
    // The processor itself foresees the next access if rows are short.
    if (channels * sizeof(Real) >= 64) PrefetchAhead(target, channels);
    SlicePoint<Real, D, W, true, kOne>(rows, channels, stride,
                                       {embedding, p, stride}, gain, target,
                                       output.ones + (kOne ? p : 0));
  }
  for (; p < points; ++p) {
    SlicePoint<Real, D, W, false, kOne>(
        rows, channels, stride, {embedding, p, stride}, gain,
        output.values + p * channels, output.ones + (kOne ? p : 0));
  }
}

template <typename Real, int D, int W>
void Slice(const Real* rows, int64_t points, int stride,
           const Embedding<Real>& embedding, Real gain,
           const SliceOutput<Real>& output) {
  if (output.ones != nullptr) {
    SlicePoints<Real, D, W, true>(rows, points, stride, embedding, gain,
                                  output);
  } else {
    SlicePoints<Real, D, W, false>(rows, points, stride, embedding, gain,
                                   output);
  }
}

// The output may be `filtered` itself, so no vector may leave its point. The
// last vector ends where the channels end, and is read before any is written.
template <typename Real, int W>
void Mix(const Real* filtered, const Real* degrees, const Real* factors,
         const Real* offsets, int64_t points, int channels, Real* output) {
  using V = typename Vector<Real, W>::Type;
  if (channels < W) {
    for (int64_t i = 0; i < points * channels; ++i) {
      const int c = static_cast<int>(i % channels);
      output[i] = factors[c] * filtered[i] + offsets[c] * degrees[i / channels];
    }
    return;
  }
  const int last = channels - W;
  for (int64_t p = 0; p < points; ++p) {
    const Real* row = filtered + p * channels;
    Real* target = output + p * channels;
    PrefetchAhead(row, channels);
    const V tail = Load<Real, W>(factors + last) * Load<Real, W>(row + last) +
                   Load<Real, W>(offsets + last) * degrees[p];
    for (int c = 0; c < last; c += W) {
      Store<Real, W>(Load<Real, W>(factors + c) * Load<Real, W>(row + c) +
                         Load<Real, W>(offsets + c) * degrees[p],
                     target + c);
    }
    Store<Real, W>(tail, target + last);
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
                                    &Slice<Real, D, W>, &Mix<Real, W>,
                                    &Softmax<Real, W>,
                                    &SoftmaxGradient<Real, W>, &Blur<Real, W>};

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
