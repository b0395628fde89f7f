// How the points of an image are divided among tasks.
#ifndef RLOSS_LATTICE_STRIPS_H_
#define RLOSS_LATTICE_STRIPS_H_

#include <algorithm>
#include <cstdint>

#include "kernels.h"

namespace rloss {

// Runs of consecutive points that one task embeds, splats and slices, of about
// the same size. They depend on the number of points alone, so that sums have
// one order whatever the number of threads.
//
// Long ones are quicker, since each strip learns its vertices anew: up to eight
// have at least kFewPoints, then there are eights of them.
struct Strips {
  static constexpr int64_t kFewPoints = 16384;
  static constexpr int64_t kMostPoints = 65536;  // numbered in 16 bits
  static constexpr int64_t kThreads = 8;         // that have the same to do

  explicit Strips(int64_t points) : points(points) {
    const int64_t wanted =
        points <= kThreads * kFewPoints
            ? Quotient(points, kFewPoints)
            : kThreads * Quotient(points, kThreads * kMostPoints);
    size = std::max<int64_t>(
        Quotient(Quotient(points, wanted), kBlock) * kBlock, kBlock);
    count = Quotient(points, size);
  }

  int64_t begin(int64_t strip) const { return strip * size; }
  int64_t end(int64_t strip) const {
    return std::min(points, (strip + 1) * size);
  }

  int64_t points;
  int64_t count;
  int64_t size;  // of all but the last; whole blocks

 private:
  // Rounded up; a divisor of 0 counts as 1.
  static int64_t Quotient(int64_t a, int64_t b) {
    b = std::max<int64_t>(b, 1);
    return (a + b - 1) / b;
  }
};

}  // namespace rloss

#endif  // RLOSS_LATTICE_STRIPS_H_
