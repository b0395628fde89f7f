// How a filter's numbers lie in memory: one row of channels for each vertex.
#ifndef RLOSS_LATTICE_ROWS_H_
#define RLOSS_LATTICE_ROWS_H_

#include <algorithm>
#include <cstdint>

#include "kernels.h"
#include "parallel.h"

namespace rloss {

// Numbers that one task of a pass over rows handles; fewer are not worth a
// thread.
constexpr int64_t kNumbersPerTask = 1 << 16;

// The length of a row.
inline int Stride(int channels) {
  if (channels <= kNarrow) return kNarrow;
  return (channels + kWide - 1) / kWide * kWide;
}

// Vertices' rows lie in slabs of a few channels each: a slab is blurred along
// all axes by itself, within the processor's cache, and by one thread.
struct Slabs {
  Slabs(int64_t vertices, int stride)
      : width(std::min(stride, kWide)),
        count(stride / width),
        size((vertices + 1) * width) {}

  // The row after the last stands for every missing neighbour: it is zero.
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
