// What equalized lattices do differently: they embed points a little finer and
// make the affinity of every point with itself one, where the usual lattice has
// less the nearer a point lies to the middle of its simplex.
//
// Compiled for processors and, as text, for GPUs.
#ifndef RLOSS_LATTICE_SELF_AFFINITY_H_
#define RLOSS_LATTICE_SELF_AFFINITY_H_

#ifdef __CUDACC_RTC__
#define RLOSS_UNROLL _Pragma("unroll")
#else
#define RLOSS_UNROLL
#endif

namespace rloss {

// Factor of the features. The lattice's kernel has lighter tails than a
// Gaussian; of the same variance, as is usual, it is too wide near by.
constexpr double kFiner = 1.06;

// What W makes of a 1 at a vertex, at the vertex of the same simplex whose
// remainder differs by `steps`, 1 to D: that many different directions of the
// blur lead there, and so do all the others backwards. Each has a tap of 1/2.
template <int D>
constexpr double BlurWithinSimplex(int steps) {
  double forwards = 1, backwards = 1, all = 1;
  for (int i = 0; i < D; ++i) all /= 2;
  for (int i = 0; i < steps; ++i) forwards /= 2;
  for (int i = steps; i <= D; ++i) backwards /= 2;
  return (forwards + backwards) / (1 + all);  // times the gain
}

// The affinity with itself of a point with these barycentric weights [D + 1],
// numbers or vectors of them, on a lattice without gaps: w' T w with the T
// above, whose diagonal is one.
//
// Static, since the linker must not share it between instruction sets.
template <int D, typename Real, typename V>
static inline V SelfAffinity(const V* weights) {
  V sum = weights[0] * weights[0];
  RLOSS_UNROLL
  for (int i = 1; i <= D; ++i) sum += weights[i] * weights[i];
  RLOSS_UNROLL
  for (int steps = 1; 2 * steps <= D + 1; ++steps) {
    // Remainders that differ by `steps`, or by D + 1 less that many. Where both
    // are one, each pair comes once.
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
