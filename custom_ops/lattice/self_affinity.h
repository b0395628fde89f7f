// The differences between equalized lattices and the usual one. On the usual
// lattice the affinity of a point with itself is lower the nearer the point
// lies to the middle of its simplex. An equalized lattice scales the weights of
// each point, so that this affinity is one, and embeds the points a little
// finer.
//
// This file is compiled for processors and, as text, for GPUs.
#ifndef RLOSS_LATTICE_SELF_AFFINITY_H_
#define RLOSS_LATTICE_SELF_AFFINITY_H_

#ifdef __CUDACC_RTC__
#define RLOSS_UNROLL _Pragma("unroll")
#else
#define RLOSS_UNROLL
#endif

namespace rloss {

// Equalized lattices multiply the features by this factor. The lattice's kernel
// has lighter tails than a Gaussian. With the same variance, as on the usual
// lattice, it is too wide at short distances.
constexpr double kFiner = 1.06;

// Returns the value that W gives to a vertex if another vertex of the same
// simplex has a 1. Their remainders differ by `steps`, 1 to D. From one to the
// other lead steps along `steps` different axes of the blur, or steps backwards
// along all other axes. Each step has a tap of 1/2.
template <int D>
constexpr double BlurWithinSimplex(int steps) {
  double forwards = 1, backwards = 1, all = 1;
  for (int i = 0; i < D; ++i) all /= 2;
  for (int i = 0; i < steps; ++i) forwards /= 2;
  for (int i = steps; i <= D; ++i) backwards /= 2;
  return (forwards + backwards) / (1 + all);  // times the gain
}

// Returns the affinity with itself of a point with these barycentric weights
// [D + 1], on a lattice without gaps: w' T w, where T has the values above and
// ones on its diagonal. V is Real, or a vector for several points.
//
// The function is static, because the linker must not share it between
// instruction sets.
template <int D, typename Real, typename V>
static inline V SelfAffinity(const V* weights) {
  V sum = weights[0] * weights[0];
  RLOSS_UNROLL
  for (int i = 1; i <= D; ++i) sum += weights[i] * weights[i];
  RLOSS_UNROLL
  for (int steps = 1; 2 * steps <= D + 1; ++steps) {
    // The pairs of vertices whose remainders differ by `steps` or by D + 1 -
    // steps. If these are the same number, the loop must meet each pair once.
    const int pairs = 2 * steps == D + 1 ? steps : D + 1;
    V products = weights[0] * weights[steps];
    RLOSS_UNROLL
    for (int i = 1; i < pairs; ++i) {
      products += weights[i] * weights[(i + steps) % (D + 1)];
    }
    sum += Real(2 * BlurWithinSimplex<D>(steps)) * products;
  }
  return sum;
}

}  // namespace rloss

#undef RLOSS_UNROLL

#endif  // RLOSS_LATTICE_SELF_AFFINITY_H_
