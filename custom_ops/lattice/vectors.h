// Vectors of the compiler's own types. The files of one instruction set include
// this one; see kernels_impl.h.
#ifndef RLOSS_LATTICE_VECTORS_H_
#define RLOSS_LATTICE_VECTORS_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#ifdef __SSE2__
#include <immintrin.h>
#endif

namespace rloss {
namespace RLOSS_KERNEL_NAMESPACE {
namespace {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
#elif defined(__AVX2__)
constexpr int kVectorBytes = 32;
#else
constexpr int kVectorBytes = 16;
#endif

template <typename Number, int W>
struct Vector {
  typedef Number Type __attribute__((vector_size(W * sizeof(Number))));
};

template <typename Number, int W>
inline typename Vector<Number, W>::Type Load(const Number* p) {
  typename Vector<Number, W>::Type v;
  std::memcpy(&v, p, sizeof(v));
  return v;
}

template <typename Number, int W>
inline void Store(typename Vector<Number, W>::Type v, Number* p) {
  std::memcpy(p, &v, sizeof(v));
}

// The compiler turns `a > b ? a : b` into two instructions because of NaN.
// These functions take one.
#ifdef __SSE2__
#define RLOSS_ONE_INSTRUCTION(V, prefix, suffix)                     \
  inline V Max(V a, V b) { return prefix##_max_##suffix(a, b); }     \
  inline V Min(V a, V b) { return prefix##_min_##suffix(a, b); }     \
  inline V Sqrt(V a) { return prefix##_sqrt_##suffix(a); }
#if defined(__AVX512F__)
RLOSS_ONE_INSTRUCTION(__m512, _mm512, ps)
RLOSS_ONE_INSTRUCTION(__m512d, _mm512, pd)
#elif defined(__AVX2__)
RLOSS_ONE_INSTRUCTION(__m256, _mm256, ps)
RLOSS_ONE_INSTRUCTION(__m256d, _mm256, pd)
#else
RLOSS_ONE_INSTRUCTION(__m128, _mm, ps)
RLOSS_ONE_INSTRUCTION(__m128d, _mm, pd)
#endif
#undef RLOSS_ONE_INSTRUCTION
#else
template <typename V>
inline V Max(V a, V b) {
  return a > b ? a : b;
}
template <typename V>
inline V Min(V a, V b) {
  return a > b ? b : a;
}
template <typename V>
inline V Sqrt(V a) {
  for (size_t l = 0; l < sizeof(a) / sizeof(a[0]); ++l) {
    a[l] = sizeof(a[0]) == 4 ? __builtin_sqrtf(a[l]) : __builtin_sqrt(a[l]);
  }
  return a;
}
#endif

// Returns v with `fill` in the lanes from `first` on.
template <typename Real, int W>
inline typename Vector<Real, W>::Type FillFrom(
    int first, Real fill, typename Vector<Real, W>::Type v) {
  using Integer = std::conditional_t<sizeof(Real) == 4, int32_t, int64_t>;
  typename Vector<Integer, W>::Type lane;
  for (int l = 0; l < W; ++l) lane[l] = l;
  return lane >= Integer{first} ? fill - typename Vector<Real, W>::Type{} : v;
}

// Returns the count of points for which `stride` numbers can be read or written
// without leaving an array of `size` numbers.
inline int64_t WholeRows(int64_t size, int channels, int stride,
                         int64_t points) {
  if (size < stride) return 0;
  const int64_t whole = (size - stride) / channels + 1;
  return whole < points ? whole : points;
}

inline int Least(int a, int b) { return a < b ? a : b; }

// Features and values are read once, from memory. If they are asked for this
// far ahead, they arrive in time.
constexpr int64_t kPrefetchBytes = 2048;

template <typename Number>
inline void PrefetchAhead(const Number* current, int numbers) {
  // The address is an integer, because a pointer may not lie beyond the end of
  // its array.
  const uintptr_t ahead = reinterpret_cast<uintptr_t>(current) + kPrefetchBytes;
  for (size_t i = 0; i < numbers * sizeof(Number); i += 64) {
    __builtin_prefetch(reinterpret_cast<const void*>(ahead + i));
  }
}

}  // namespace
}  // namespace RLOSS_KERNEL_NAMESPACE
}  // namespace rloss

#endif  // RLOSS_LATTICE_VECTORS_H_
