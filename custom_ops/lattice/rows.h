// How a filter's numbers lie in memory: one row of channels for each vertex.
#ifndef RLOSS_LATTICE_ROWS_H_
#define RLOSS_LATTICE_ROWS_H_

#include <algorithm>
#include <cstdint>

#include "kernels.h"
#include "parallel.h"

namespace rloss {

// Numbers that one task of the blur handles; fewer are not worth a thread.
constexpr int64_t kNumbersPerTask = 1 << 16;

// The length of a row.
inline int Stride(int channels) {
  if (channels <= kNarrow) return kNarrow;
  return (channels + kWide - 1) / kWide * kWide;
}

inline int64_t RowsPerTask(int stride) {
  return std::max<int64_t>(1, kNumbersPerTask / stride);
}

// Runs body(begin, end) over the rows in tasks of RowsPerTask.
template <typename Body>
void ForRows(int64_t rows, int stride, const Parallel& parallel, Body body) {
  const int64_t per_task = RowsPerTask(stride);
  parallel.For((rows + per_task - 1) / per_task, [&](int64_t task) {
    body(task * per_task, std::min(rows, (task + 1) * per_task));
  });
}

}  // namespace rloss

#endif  // RLOSS_LATTICE_ROWS_H_
