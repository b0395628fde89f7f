// Filtering on a built lattice: splat, blur, slice.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels.h"
#include "lattice.h"
#include "stage_timer.h"

namespace rloss {
namespace {

// Numbers that one task of the blur handles; fewer are not worth a thread.
constexpr int64_t kNumbersPerTask = 1 << 16;

int Stride(int channels) {
  if (channels <= kNarrow) return kNarrow;
  return (channels + kWide - 1) / kWide * kWide;
}

// Runs body(begin, end) over the rows in tasks of about kNumbersPerTask.
template <typename Body>
void ForRows(int64_t rows, int stride, const Parallel& parallel, Body body) {
  const int64_t per_task = std::max<int64_t>(1, kNumbersPerTask / stride);
  parallel.For((rows + per_task - 1) / per_task, [&](int64_t task) {
    body(task * per_task, std::min(rows, (task + 1) * per_task));
  });
}

}  // namespace

template <typename Real>
int Lattice<Real>::Blur(int source, int first, int second, bool reverse,
                        int stride, const Parallel& parallel,
                        Workspace<Real>* workspace) const {
  const Kernels<Real>& kernels = SelectKernels<Real>(dim_, stride);
  int target = first;
  for (int step = 0; step <= dim_; ++step) {
    const int axis = reverse ? dim_ - step : step;
    const int32_t* up = up_.data() + axis * (vertices_ + 1);
    const int32_t* down = down_.data() + axis * (vertices_ + 1);
    const Real* from = workspace->rows[source].data();
    Real* to = workspace->rows[target].data();
    ForRows(vertices_, stride, parallel, [&](int64_t begin, int64_t end) {
      kernels.blur(from, up, down, begin, end, stride, to);
    });
    source = target;
    target = target == first ? second : first;
  }
  return source;
}

template <typename Real>
void Lattice<Real>::Filter(const Real* values, int channels, BlurOrder order,
                           const Parallel& parallel,
                           Workspace<Real>* workspace, Real* output) const {
  const int stride = Stride(channels);
  const Kernels<Real>& kernels = SelectKernels<Real>(dim_, stride);
  const int64_t strips = static_cast<int64_t>(strips_.size());
  auto embedding_of = [&](const Strip& strip) -> Embedding<Real> {
    return {simplex_of_point_.data() + strip.begin, strip.simplices.data(),
            weights_.data() + strip.begin * (dim_ + 1)};
  };

  workspace->strip_rows.Resize(vertex_of_strip_row_.size() * stride);
  Real* strip_rows = workspace->strip_rows.data();
  {
    StageTimer timer(workspace->stages, &StageSeconds::splat);
    parallel.For(strips, [&](int64_t s) {
      const Strip& strip = strips_[s];
      Real* rows = strip_rows + strip.first_row * stride;
      std::fill_n(rows, int64_t{strip.vertices} * stride, Real(0));
      kernels.splat(values + strip.begin * channels, strip.end - strip.begin,
                    (points_ - strip.begin) * channels, channels, stride,
                    embedding_of(strip), rows);
    });
  }

  for (Buffer<Real>& rows : workspace->rows) {
    rows.Resize((vertices_ + 1) * stride);
    // The row past the end stands for every missing neighbour.
    std::fill_n(rows.data() + vertices_ * stride, stride, Real(0));
  }
  {
    StageTimer timer(workspace->stages, &StageSeconds::reduce);
    Real* splatted = workspace->rows[0].data();
    ForRows(vertices_, stride, parallel, [&](int64_t begin, int64_t end) {
      for (int64_t v = begin; v < end; ++v) {
        Real* sum = splatted + v * stride;
        const int32_t* i = strip_rows_of_vertex_.data() + first_strip_row_[v];
        const int32_t* last =
            strip_rows_of_vertex_.data() + first_strip_row_[v + 1];
        std::memcpy(sum, strip_rows + int64_t{*i} * stride,
                    stride * sizeof(Real));
        while (++i < last) {
          const Real* row = strip_rows + int64_t{*i} * stride;
          for (int c = 0; c < stride; ++c) sum[c] += row[c];
        }
      }
    });
  }

  int blurred = 0;
  int reversed = -1;
  {
    StageTimer timer(workspace->stages, &StageSeconds::blur);
    const bool reverse = order == BlurOrder::kReverse;
    blurred = Blur(0, 1, 2, reverse, stride, parallel, workspace);
    if (order == BlurOrder::kSymmetric) {
      const int other = 3 - blurred;
      reversed = Blur(0, other, 0, true, stride, parallel, workspace);
    }
  }

  StageTimer timer(workspace->stages, &StageSeconds::slice);
  Real gain = Real(1) / (1 + std::pow(Real(2), Real(-dim_)));
  if (reversed >= 0) gain *= Real(0.5);  // the mean of the two orders
  const Real* forward = workspace->rows[blurred].data();
  const Real* backward =
      reversed >= 0 ? workspace->rows[reversed].data() : nullptr;
  parallel.For(strips, [&](int64_t s) {
    const Strip& strip = strips_[s];
    Real* rows = strip_rows + strip.first_row * stride;
    for (int32_t i = 0; i < strip.vertices; ++i) {
      const int64_t v = vertex_of_strip_row_[strip.first_row + i];
      Real* row = rows + int64_t{i} * stride;
      std::memcpy(row, forward + v * stride, stride * sizeof(Real));
      if (backward == nullptr) continue;
      for (int c = 0; c < stride; ++c) row[c] += backward[v * stride + c];
    }
    kernels.slice(rows, strip.end - strip.begin, channels, stride,
                  embedding_of(strip), gain,
                  output + strip.begin * channels);
  });
}

template void Lattice<float>::Filter(const float*, int, BlurOrder,
                                     const Parallel&, Workspace<float>*,
                                     float*) const;
template void Lattice<double>::Filter(const double*, int, BlurOrder,
                                      const Parallel&, Workspace<double>*,
                                      double*) const;

}  // namespace rloss
