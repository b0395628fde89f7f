// Filtering on a built lattice: splat, blur, slice.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels.h"
#include "lattice.h"
#include "rows.h"
#include "stage_timer.h"

namespace rloss {
template <typename Real>
Real Lattice<Real>::Gain() const {
  return Real(1) / (1 + std::pow(Real(2), Real(-dim_)));
}

template <typename Real>
int Lattice<Real>::Blur(int source, int first, int second, bool reverse,
                        int stride, const Parallel& parallel,
                        Workspace<Real>* workspace) const {
  StageTimer timer(workspace->stages, &StageSeconds::blur);
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
Embedding<Real> Lattice<Real>::EmbeddingOf(const Strip& strip,
                                           const Real* region) const {
  return {simplex_of_point_.data() + strip.begin, strip.simplices.data(),
          weights_.data() + strip.begin * (dim_ + 1),
          region == nullptr ? nullptr : region + strip.begin};
}

template <typename Real>
void Lattice<Real>::SplatRows(const Real* values, int channels, bool one,
                              const Real* region, const Parallel& parallel,
                              Workspace<Real>* workspace) const {
  const int stride = Stride(channels + one);
  const Kernels<Real>& kernels = SelectKernels<Real>(dim_, stride);
  workspace->strip_rows.Resize(vertex_of_strip_row_.size() * stride);
  Real* strip_rows = workspace->strip_rows.data();
  {
    StageTimer timer(workspace->stages, &StageSeconds::splat);
    const int64_t strips = static_cast<int64_t>(strips_.size());
    parallel.For(strips, [&](int64_t s) {
      const Strip& strip = strips_[s];
      Real* rows = strip_rows + strip.first_row * stride;
      std::fill_n(rows, int64_t{strip.vertices} * stride, Real(0));
      kernels.splat({values + strip.begin * channels,
                     (points_ - strip.begin) * channels, channels, one},
                    strip.end - strip.begin, stride,
                    EmbeddingOf(strip, region), rows);
    });
  }

  for (Buffer<Real>& rows : workspace->rows) {
    rows.Resize((vertices_ + 1) * stride);
    // The row past the end stands for every missing neighbour.
    std::fill_n(rows.data() + vertices_ * stride, stride, Real(0));
  }
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

template <typename Real>
void Lattice<Real>::SliceRows(int forward, int backward, const Real* region,
                              const SliceOutput<Real>& output,
                              const Parallel& parallel,
                              Workspace<Real>* workspace) const {
  StageTimer timer(workspace->stages, &StageSeconds::slice);
  const int stride = Stride(output.channels + (output.ones != nullptr));
  const Kernels<Real>& kernels = SelectKernels<Real>(dim_, stride);
  const Real* sums = workspace->rows[forward].data();
  const Real* others =
      backward < 0 ? nullptr : workspace->rows[backward].data();
  // The mean of the two orders.
  const Real gain = backward < 0 ? Gain() : Real(0.5) * Gain();
  const int64_t strips = static_cast<int64_t>(strips_.size());
  parallel.For(strips, [&](int64_t s) {
    const Strip& strip = strips_[s];
    Real* rows = workspace->strip_rows.data() + strip.first_row * stride;
    for (int32_t i = 0; i < strip.vertices; ++i) {
      const int64_t v = vertex_of_strip_row_[strip.first_row + i];
      Real* row = rows + int64_t{i} * stride;
      std::memcpy(row, sums + v * stride, stride * sizeof(Real));
      if (others == nullptr) continue;
      for (int c = 0; c < stride; ++c) row[c] += others[v * stride + c];
    }
    SliceOutput<Real> target = output;
    target.values += strip.begin * output.channels;
    if (output.ones != nullptr) target.ones += strip.begin;
    kernels.slice(rows, strip.end - strip.begin, stride,
                  EmbeddingOf(strip, region), gain, target);
  });
}

template <typename Real>
void Lattice<Real>::Filter(const Real* values, int channels, BlurOrder order,
                           const Parallel& parallel,
                           Workspace<Real>* workspace, Real* output) const {
  SplatRows(values, channels, false, nullptr, parallel, workspace);
  const int stride = Stride(channels);
  const bool reverse = order == BlurOrder::kReverse;
  const int blurred = Blur(0, 1, 2, reverse, stride, parallel, workspace);
  int reversed = -1;
  if (order == BlurOrder::kSymmetric) {
    reversed = Blur(0, 3 - blurred, 0, true, stride, parallel, workspace);
  }
  SliceRows(blurred, reversed, nullptr, {output, channels, nullptr}, parallel,
            workspace);
}

#define RLOSS_INSTANTIATE(Real)                                              \
  template Real Lattice<Real>::Gain() const;                                 \
  template int Lattice<Real>::Blur(int, int, int, bool, int,                 \
                                   const Parallel&, Workspace<Real>*) const; \
  template void Lattice<Real>::SplatRows(const Real*, int, bool,             \
                                         const Real*, const Parallel&,       \
                                         Workspace<Real>*) const;            \
  template void Lattice<Real>::SliceRows(                                    \
      int, int, const Real*, const SliceOutput<Real>&, const Parallel&,      \
      Workspace<Real>*) const;                                               \
  template void Lattice<Real>::Filter(const Real*, int, BlurOrder,           \
                                      const Parallel&, Workspace<Real>*,     \
                                      Real*) const;
RLOSS_INSTANTIATE(float)
RLOSS_INSTANTIATE(double)
#undef RLOSS_INSTANTIATE

}  // namespace rloss
