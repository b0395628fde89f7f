// Divides the points of an image among tasks.
#ifndef RLOSS_LATTICE_STRIPS_H_
#define RLOSS_LATTICE_STRIPS_H_

#include <algorithm>
#include <cstdint>

#include "kernels.h"

namespace rloss {

// Runs of consecutive points, all of about the same size. One task embeds,
// splats and slices a run. The division depends on the number of points alone,
// so sums have the same order for any number of threads.
//
// Long strips are quicker, because each strip collects its vertices anew. So up
// to kThreads * kFewPoints points are divided into strips of at most kFewPoints
// points. More points are divided into strips of at most kMostPoints points,
// whose number is a multiple of kThreads.
struct Strips {
  static constexpr int64_t kFewPoints = 16384;
  static constexpr int64_t kMostPoints = 65536;  // 16 bits number them
  static constexpr int64_t kThreads = 8;         // get equal shares of the work

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
  int64_t size;  // points of each strip but the last; whole blocks

 private:
  // Returns a / b, rounded up. A divisor of 0 counts as 1.
  static int64_t Quotient(int64_t a, int64_t b) {
    b = std::max<int64_t>(b, 1);
    return (a + b - 1) / b;
  }
};

}  // namespace rloss

#endif  // RLOSS_LATTICE_STRIPS_H_
