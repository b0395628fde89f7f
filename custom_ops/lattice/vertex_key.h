// Lattice vertices as integers.
//
// A vertex of the permutohedral lattice in D dimensions has D + 1 integer
// coordinates of one common remainder r modulo D + 1, which sum to zero. So
// r and the quotients q_i = (x_i - r) / (D + 1) of the first D coordinates
// identify it, and all of them fit one machine word:
//   key = r + sum_i (q_i + bias) << (kRemainderBits + i * kBits).
#ifndef RLOSS_LATTICE_VERTEX_KEY_H_
#define RLOSS_LATTICE_VERTEX_KEY_H_

#include <cstdint>
#include <type_traits>

namespace rloss {

constexpr int kMaxDim = 8;

template <int D>
struct VertexKey {
  // Up to 5 dimensions a key is one 64-bit word; beyond, the quotients would
  // get too few bits, so it is two.
  using Word =
      std::conditional_t<(D <= 5), uint64_t, unsigned __int128>;

  static constexpr int kRemainderBits = 4;
  static constexpr int kWordBits = 8 * sizeof(Word);
  // More than 15 bits would admit coordinates that float cannot interpolate.
  static constexpr int kBits = (kWordBits - kRemainderBits) / D < 15
                                   ? (kWordBits - kRemainderBits) / D
                                   : 15;
  static constexpr int32_t kBias = int32_t{1} << (kBits - 1);
  // A simplex reaches one below its base and the blur one beyond that.
  static constexpr int32_t kMaxQuotient = kBias - 3;

  // The key's change when q_axis grows by one; the last coordinate follows
  // from the others and has no bits.
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

  // The neighbour one step along blur direction `axis`: every coordinate
  // grows by one, except x_axis, which falls by D.
  static Word Neighbour(Word key, int axis) {
    if (Remainder(key) < D) return key + 1 - Unit(axis);
    return key - D + AllUnits() - Unit(axis);
  }
};

}  // namespace rloss

#endif  // RLOSS_LATTICE_VERTEX_KEY_H_
