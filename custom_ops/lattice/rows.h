// The layout of a filter's numbers in memory: each vertex has a row of
// channels.
#ifndef RLOSS_LATTICE_ROWS_H_
#define RLOSS_LATTICE_ROWS_H_

#include <algorithm>
#include <cstdint>

#include "kernels.h"
#include "parallel.h"

namespace rloss {

// The count of numbers that one task of a pass over rows handles. Fewer are not
// worth a thread.
constexpr int64_t kNumbersPerTask = 1 << 16;

// Returns the length of a row.
inline int Stride(int channels) {
  if (channels <= kNarrow) return kNarrow;
  return (channels + kWide - 1) / kWide * kWide;
}

// The rows of vertices are cut into slabs of a few channels each. One thread
// blurs a slab along all axes while it stays in the processor's cache.
struct Slabs {
  Slabs(int64_t vertices, int stride)
      : width(std::min(stride, kWide)),
        count(stride / width),
        size((vertices + 1) * width) {}

  // Sets the row after the last to zero. It stands for every missing neighbour.
  template <typename Real>
  void ClearMissing(Real* slab) const {
    std::fill_n(slab + size - width, width, Real(0));
  }

  int width;     // channels
  int count;
  int64_t size;  // numbers of one slab
};

// Runs body(begin, end) over the rows in tasks of about kNumbersPerTask.
template <typename Body>
void ForRows(int64_t rows, int stride, const Parallel& parallel, Body body) {
  const int64_t per_task = std::max<int64_t>(1, kNumbersPerTask / stride);
  parallel.For((rows + per_task - 1) / per_task, [&](int64_t task) {
    body(task * per_task, std::min(rows, (task + 1) * per_task));
  });
}

}  // namespace rloss

#endif  // RLOSS_LATTICE_ROWS_H_
