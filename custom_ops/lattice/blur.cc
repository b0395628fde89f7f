// Blurs the values of vertices along the axes of a lattice.
#include <algorithm>

#include "kernels.h"
#include "lattice.h"
#include "rows.h"
#include "stage_timer.h"

namespace rloss {
namespace {

// Slabs below this size are blurred side by side. Larger slabs are blurred one
// after another, and the threads share the rows of each.
constexpr int64_t kSmallSlab = 1 << 20;

}  // namespace

template <typename Real>
void Lattice<Real>::BlurChain(const Real* source, Real* target, Real* other,
                              int width, bool reverse,
                              const Parallel& parallel) const {
  const Kernels<Real>& kernels = SelectKernels<Real>(dim_, width);
  for (int step = 0; step <= dim_; ++step) {
    const int axis = reverse ? dim_ - step : step;
    const int32_t* up = up_.data() + axis * (vertices_ + 1);
    const int32_t* down = down_.data() + axis * (vertices_ + 1);
    Real* to = (dim_ - step) % 2 == 0 ? target : other;
    ForRows(vertices_, width, parallel, [&](int64_t begin, int64_t end) {
      kernels.blur(source, up, down, begin, end, width, to);
    });
    source = to;
  }
}

template <typename Real>
void Lattice<Real>::BlurRows(BlurOrder order, int stride,
                             const Buffer<Real>& splatted,
                             const Parallel& parallel,
                             Workspace<Real>* workspace) const {
  StageTimer timer(workspace->stages, &StageSeconds::blur);
  const Slabs slabs(vertices_, stride);
  workspace->blurred.Resize(slabs.count * slabs.size);
  const auto blur_slab = [&](int64_t slab, const Parallel& inner) {
    const Real* source = splatted.data() + slab * slabs.size;
    Real* target = workspace->blurred.data() + slab * slabs.size;
    // The rows of the strips are summed by now, so their memory is free. Each
    // vertex has at least one of them, so there is room for a slab.
    Real* forward = workspace->strip_rows.data() + slab * slabs.size;
    typename Pool<Buffer<Real>>::Lease lease(&workspace->slabs);
    lease->Resize(slabs.size);
    Real* scratch = lease->data();
    for (Real* cleared : {target, forward, scratch}) {
      slabs.ClearMissing(cleared);
    }
    if (order == BlurOrder::kSymmetric) {
      BlurChain(source, forward, scratch, slabs.width, false, inner);
    }
    // The blur along the first axis must not write where it reads.
    const bool ends_in_scratch = source == target && dim_ % 2 == 0;
    Real* last = ends_in_scratch ? scratch : target;
    BlurChain(source, last, ends_in_scratch ? target : scratch, slabs.width,
              order != BlurOrder::kForward, inner);
    if (last == target && order != BlurOrder::kSymmetric) return;
    ForRows(vertices_, slabs.width, inner, [&](int64_t begin, int64_t end) {
      const int64_t first = begin * slabs.width, size = end * slabs.width;
      if (order != BlurOrder::kSymmetric) {
        std::copy(last + first, last + size, target + first);
        return;
      }
      for (int64_t i = first; i < size; ++i) {
        target[i] = Real(0.5) * (last[i] + forward[i]);
      }
    });
  };
  if (slabs.size < kSmallSlab) {
    const Parallel serial;
    parallel.For(slabs.count, [&](int64_t s) { blur_slab(s, serial); });
    return;
  }
  for (int64_t s = 0; s < slabs.count; ++s) blur_slab(s, parallel);
}

template void Lattice<float>::BlurRows(BlurOrder, int, const Buffer<float>&,
                                       const Parallel&, Workspace<float>*)
    const;
template void Lattice<double>::BlurRows(BlurOrder, int, const Buffer<double>&,
                                        const Parallel&, Workspace<double>*)
    const;

}  // namespace rloss
