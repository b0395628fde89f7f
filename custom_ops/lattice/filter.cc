// Filters on a lattice that is built: splat, blur, slice.
#include <algorithm>
#include <cstring>

#include "kernels.h"
#include "lattice.h"
#include "rows.h"
#include "stage_timer.h"

namespace rloss {

namespace {

// Sums rows [first, last), in order, and writes the sum to a vertex' place in
// each slab. kWidth is known at compile time, so that a sum stays in registers.
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
Embedding<Real> Lattice<Real>::EmbeddingOf(const Strip& strip, int64_t begin,
                                           const Real* region) const {
  return {simplex_of_point_.data() + begin, strip.simplices.data(),
          weights_.data() + begin * (dim_ + 1),
          region == nullptr ? nullptr : region + begin};
}

template <typename Real>
void Lattice<Real>::SplatRows(const Real* values, int channels, bool one,
                              const Real* region, const Parallel& parallel,
                              Workspace<Real>* workspace,
                              Buffer<Real>* summed) const {
  const int stride = Stride(channels + one);
  const Kernels<Real>& kernels = SelectKernels<Real>(dim_, stride);
  // One more row than needed makes room for slabs later.
  workspace->strip_rows.Resize((vertex_of_strip_row_.size() + 1) * stride);
  Real* strip_rows = workspace->strip_rows.data();
  {
    StageTimer timer(workspace->stages, &StageSeconds::splat);
    parallel.For(strips(), [&](int64_t s) {
      const Strip& strip = strips_[s];
      Real* rows = strip_rows + strip.first_row * stride;
      std::fill_n(rows, int64_t{strip.vertices} * stride, Real(0));
      kernels.splat({values + strip.begin * channels,
                     (points_ - strip.begin) * channels, channels, one},
                    strip.end - strip.begin, stride,
                    EmbeddingOf(strip, strip.begin, region), rows);
    });
  }

  StageTimer timer(workspace->stages, &StageSeconds::reduce);
  const Slabs slabs(vertices_, stride);
  summed->Resize(slabs.count * slabs.size);
  Real* splatted = summed->data();
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
void Lattice<Real>::Gather(int64_t strip, int stride,
                           Workspace<Real>* workspace) const {
  const Slabs slabs(vertices_, stride);
  const Real* blurred = workspace->blurred.data();
  const auto gather = slabs.width == kWide ? &GatherRow<Real, kWide>
                                           : &GatherRow<Real, kNarrow>;
  const int64_t first = strips_[strip].first_row;
  Real* rows = workspace->strip_rows.data() + first * stride;
  const int32_t* vertex = vertex_of_strip_row_.data() + first;
  for (int32_t i = 0; i < strips_[strip].vertices; ++i) {
    gather(blurred + vertex[i] * int64_t{slabs.width}, slabs,
           rows + int64_t{i} * stride);
  }
}

template <typename Real>
void Lattice<Real>::Slice(int64_t strip, int64_t begin, int64_t end,
                          const Real* region, int stride,
                          const Workspace<Real>& workspace,
                          const SliceOutput<Real>& output) const {
  const Real* rows =
      workspace.strip_rows.data() + strips_[strip].first_row * stride;
  SelectKernels<Real>(dim_, stride)
      .slice(rows, end - begin, stride,
             EmbeddingOf(strips_[strip], begin, region),
             static_cast<Real>(Gain(dim_)), output);
}

template <typename Real>
void Lattice<Real>::SliceRows(const Real* region,
                              const SliceOutput<Real>& output,
                              const Parallel& parallel,
                              Workspace<Real>* workspace) const {
  StageTimer timer(workspace->stages, &StageSeconds::slice);
  const int stride = Stride(output.channels + (output.ones != nullptr));
  parallel.For(strips(), [&](int64_t s) {
    const Strip& strip = strips_[s];
    SliceOutput<Real> target = output;
    target.values += strip.begin * output.channels;
    if (output.ones != nullptr) target.ones += strip.begin;
    Gather(s, stride, workspace);
    Slice(s, strip.begin, strip.end, region, stride, *workspace, target);
  });
}

template <typename Real>
void Lattice<Real>::Spread(const Real* values, const Real* factors,
                           int channels, const Parallel& parallel,
                           Workspace<Real>* workspace) const {
  Buffer<Real>* slabs = &workspace->blurred;
  SplatRows(values, channels, false, factors, parallel, workspace, slabs);
  BlurRows(BlurOrder::kSymmetric, Stride(channels), *slabs, parallel,
           workspace);
}

template <typename Real>
void Lattice<Real>::Filter(const Real* values, int channels, BlurOrder order,
                           const Parallel& parallel,
                           Workspace<Real>* workspace, Real* output) const {
  Buffer<Real>* slabs = &workspace->blurred;
  SplatRows(values, channels, false, nullptr, parallel, workspace, slabs);
  BlurRows(order, Stride(channels), *slabs, parallel, workspace);
  SliceRows(nullptr, {output, channels, nullptr}, parallel, workspace);
}

#define RLOSS_INSTANTIATE(Real)                                            \
  template void Lattice<Real>::SplatRows(const Real*, int, bool,           \
                                         const Real*, const Parallel&,     \
                                         Workspace<Real>*, Buffer<Real>*)  \
      const;                                                               \
  template void Lattice<Real>::Gather(int64_t, int, Workspace<Real>*)      \
      const;                                                               \
  template void Lattice<Real>::Slice(                                      \
      int64_t, int64_t, int64_t, const Real*, int, const Workspace<Real>&, \
      const SliceOutput<Real>&) const;                                     \
  template void Lattice<Real>::Spread(const Real*, const Real*, int,       \
                                      const Parallel&, Workspace<Real>*)   \
      const;                                                               \
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
