// Lattice vertices as integers.
//
// A vertex of the permutohedral lattice in D dimensions has D + 1 integer
// coordinates. They sum to zero and all have the same remainder r modulo D + 1.
// So r and the quotients q_i = (x_i - r) / (D + 1) of the first D coordinates
// identify the vertex. One integer holds all of them:
//   key = r + sum_i (q_i + bias) << (kRemainderBits + i * kBits).
#ifndef RLOSS_LATTICE_VERTEX_KEY_H_
#define RLOSS_LATTICE_VERTEX_KEY_H_

#include <cstdint>
#include <type_traits>

namespace rloss {

constexpr int kMaxDim = 8;

template <int D>
struct VertexKey {
  // Up to 5 dimensions a key has 64 bits. With more dimensions this would leave
  // too few bits for the quotients, so a key has 128.
  using Word =
      std::conditional_t<(D <= 5), uint64_t, unsigned __int128>;

  static constexpr int kRemainderBits = 4;
  static constexpr int kWordBits = 8 * sizeof(Word);
  // With more than 15 bits, coordinates could be so large that floats are too
  // coarse to interpolate there.
  static constexpr int kBits = (kWordBits - kRemainderBits) / D < 15
                                   ? (kWordBits - kRemainderBits) / D
                                   : 15;
  static constexpr int32_t kBias = int32_t{1} << (kBits - 1);
  // The quotients of a simplex are up to one below those of its base, and the
  // blur looks one further.
  static constexpr int32_t kMaxQuotient = kBias - 3;

  // Returns the change of a key when q_axis grows by one. The last coordinate
  // follows from the others, so it has no bits.
  static constexpr Word Unit(int axis) {
    return axis < D ? Word{1} << (kRemainderBits + axis * kBits) : Word{0};
  }

  static constexpr Word AllUnits() {
    Word sum = 0;
    for (int axis = 0; axis < D; ++axis) sum += Unit(axis);
    return sum;
  }

  static int Remainder(Word key) {
    return static_cast<int>(key & ((1 << kRemainderBits) - 1));
  }

  // Returns the neighbour one step along the blur's axis `axis`: every
  // coordinate grows by one, except x_axis, which falls by D.
  static Word Neighbour(Word key, int axis) {
    if (Remainder(key) < D) return key + 1 - Unit(axis);
    return key - D + AllUnits() - Unit(axis);
  }
};

}  // namespace rloss

#endif  // RLOSS_LATTICE_VERTEX_KEY_H_
