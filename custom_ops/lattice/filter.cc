// Filtering on a built lattice: splat, blur, slice.
#include <algorithm>
#include <cstring>

#include "kernels.h"
#include "lattice.h"
#include "rows.h"
#include "stage_timer.h"

namespace rloss {

namespace {

// The sum of rows [first, last), in order, into a vertex's place in each slab;
// kWidth is known when compiled, so that a sum stays in registers.
template <typename Real, int kWidth>
void SumStripRows(const Real* rows, int stride, const int32_t* first,
                  const int32_t* last, const Slabs& slabs, Real* target) {
  for (int s = 0; s < slabs.count; ++s) {
    Real sum[kWidth] = {};
    for (const int32_t* i = first; i < last; ++i) {
      const Real* row = rows + int64_t{*i} * stride + s * kWidth;
      for (int c = 0; c < kWidth; ++c) sum[c] += row[c];
    }
    std::memcpy(target + s * slabs.size, sum, sizeof(sum));
  }
}

template <typename Real, int kWidth>
void GatherRow(const Real* source, const Slabs& slabs, Real* row) {
  for (int s = 0; s < slabs.count; ++s) {
    std::memcpy(row + s * kWidth, source + s * slabs.size,
                kWidth * sizeof(Real));
  }
}

}  // namespace

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

  StageTimer timer(workspace->stages, &StageSeconds::reduce);
  const Slabs slabs(vertices_, stride);
  workspace->splatted.Resize(slabs.count * slabs.size);
  Real* splatted = workspace->splatted.data();
  for (int s = 0; s < slabs.count; ++s) {
    slabs.ClearMissing(splatted + s * slabs.size);
  }
  const auto sum_rows = slabs.width == kWide ? &SumStripRows<Real, kWide>
                                             : &SumStripRows<Real, kNarrow>;
  ForRows(vertices_, stride, parallel, [&](int64_t begin, int64_t end) {
    for (int64_t v = begin; v < end; ++v) {
      sum_rows(strip_rows, stride,
               strip_rows_of_vertex_.data() + first_strip_row_[v],
               strip_rows_of_vertex_.data() + first_strip_row_[v + 1], slabs,
               splatted + v * slabs.width);
    }
  });
}

template <typename Real>
void Lattice<Real>::SliceRows(const Real* region,
                              const SliceOutput<Real>& output,
                              const Parallel& parallel,
                              Workspace<Real>* workspace) const {
  StageTimer timer(workspace->stages, &StageSeconds::slice);
  const int stride = Stride(output.channels + (output.ones != nullptr));
  const Kernels<Real>& kernels = SelectKernels<Real>(dim_, stride);
  const Slabs slabs(vertices_, stride);
  const Real* blurred = workspace->blurred.data();
  const auto gather = slabs.width == kWide ? &GatherRow<Real, kWide>
                                           : &GatherRow<Real, kNarrow>;
  const int64_t strips = static_cast<int64_t>(strips_.size());
  parallel.For(strips, [&](int64_t s) {
    const Strip& strip = strips_[s];
    Real* rows = workspace->strip_rows.data() + strip.first_row * stride;
    const int32_t* vertex = vertex_of_strip_row_.data() + strip.first_row;
    for (int32_t i = 0; i < strip.vertices; ++i) {
      gather(blurred + vertex[i] * int64_t{slabs.width}, slabs,
             rows + int64_t{i} * stride);
    }
    SliceOutput<Real> target = output;
    target.values += strip.begin * output.channels;
    if (output.ones != nullptr) target.ones += strip.begin;
    kernels.slice(rows, strip.end - strip.begin, stride,
                  EmbeddingOf(strip, region), static_cast<Real>(Gain(dim_)),
                  target);
  });
}

template <typename Real>
void Lattice<Real>::Filter(const Real* values, int channels, BlurOrder order,
                           const Parallel& parallel,
                           Workspace<Real>* workspace, Real* output) const {
  SplatRows(values, channels, false, nullptr, parallel, workspace);
  BlurRows(order, Stride(channels), parallel, workspace);
  SliceRows(nullptr, {output, channels, nullptr}, parallel, workspace);
}

#define RLOSS_INSTANTIATE(Real)                                            \
  template void Lattice<Real>::SplatRows(const Real*, int, bool,           \
                                         const Real*, const Parallel&,     \
                                         Workspace<Real>*) const;          \
  template void Lattice<Real>::SliceRows(                                  \
      const Real*, const SliceOutput<Real>&, const Parallel&,              \
      Workspace<Real>*) const;                                             \
  template void Lattice<Real>::Filter(const Real*, int, BlurOrder,         \
                                      const Parallel&, Workspace<Real>*,   \
                                      Real*) const;
RLOSS_INSTANTIATE(float)
RLOSS_INSTANTIATE(double)
#undef RLOSS_INSTANTIATE

}  // namespace rloss
