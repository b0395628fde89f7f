#include "mean_field.h"

#include <algorithm>

#include "kernels.h"
#include "rows.h"
#include "strips.h"

namespace rloss {
namespace {

// The messages of this many points are computed, then summed. The points are
// few, so that their messages stay in the processor's cache until then.
constexpr int64_t kPointsPerRun = 8 * kBlock;

}  // namespace

template <typename Real>
void UpdateBatch(const Real* logits,
                 const std::vector<Messages<Real>>& messages,
                 const BatchShape& shape, const Parallel& parallel,
                 Pool<UpdateScratch<Real>>* pool, Real* output) {
  const int stride = Stride(shape.channels);
  const int count = static_cast<int>(messages.size());
  const Strips strips(shape.points);
  const Kernels<Real>& kernels = SelectKernels<Real>(1, stride);
  ForImages(shape, parallel, [&](int64_t image, const Parallel& inner) {
    typename Pool<UpdateScratch<Real>>::Lease scratch(pool);
    std::deque<Workspace<Real>>& workspaces = scratch->workspaces;
    workspaces.resize(std::max(workspaces.size(), messages.size()));
    const int64_t first = image * shape.points;
    for (int m = 0; m < count; ++m) {
      (*messages[m].lattices)[image].Spread(
          messages[m].values + first * shape.channels,
          messages[m].before + first, shape.channels, inner, &workspaces[m]);
    }
    inner.For(strips.count, [&](int64_t strip) {
      typename Pool<Buffer<Real>>::Lease buffer(&scratch->messages);
      buffer->Resize(count * kPointsPerRun * stride);
      for (int m = 0; m < count; ++m) {
        (*messages[m].lattices)[image].Gather(strip, stride, &workspaces[m]);
      }
      const int64_t last = strips.end(strip);
      for (int64_t begin = strips.begin(strip); begin < last;
           begin += kPointsPerRun) {
        const int64_t end = std::min(begin + kPointsPerRun, last);
        for (int m = 0; m < count; ++m) {
          (*messages[m].lattices)[image].Slice(
              strip, begin, end, messages[m].after + first, stride,
              workspaces[m],
              {buffer->data() + m * (end - begin) * stride, stride, nullptr});
        }
        const int64_t offset = (first + begin) * shape.channels;
        kernels.softmax(logits + offset, end - begin, shape.channels, stride,
                        count, buffer->data(), output + offset);
      }
    });
  });
}

template <typename Real>
void UpdateGradientBatch(const UpdateDerivatives<Real>& derivatives,
                         const std::vector<Messages<Real>>& messages,
                         const BatchShape& shape, const Parallel& parallel,
                         Pool<Workspace<Real>>* pool) {
  const int channels = shape.channels;
  const Strips strips(shape.points);
  const Kernels<Real>& kernels = SelectKernels<Real>(1, Stride(channels));
  ForImages(shape, parallel, [&](int64_t image, const Parallel& inner) {
    typename Pool<Workspace<Real>>::Lease workspace(pool);
    const int64_t first = image * shape.points;
    inner.For(strips.count, [&](int64_t strip) {
      const int64_t begin = strips.begin(strip);
      const int64_t offset = (first + begin) * channels;
      kernels.softmax_gradient(derivatives.probs + offset,
                               derivatives.by_probs + offset,
                               strips.end(strip) - begin, channels,
                               derivatives.by_logits + offset);
    });
    for (size_t m = 0; m < messages.size(); ++m) {
      const Lattice<Real>& lattice = (*messages[m].lattices)[image];
      lattice.Spread(derivatives.by_logits + first * channels,
                     messages[m].after + first, channels, inner,
                     workspace.get());
      lattice.SliceRows(
          messages[m].before + first,
          {derivatives.by_values[m] + first * channels, channels, nullptr},
          inner, workspace.get());
    }
  });
}

#define RLOSS_INSTANTIATE(Real)                                           \
  template void UpdateBatch<Real>(                                        \
      const Real*, const std::vector<Messages<Real>>&, const BatchShape&, \
      const Parallel&, Pool<UpdateScratch<Real>>*, Real*);                \
  template void UpdateGradientBatch<Real>(                                \
      const UpdateDerivatives<Real>&,                                     \
      const std::vector<Messages<Real>>&, const BatchShape&,              \
      const Parallel&, Pool<Workspace<Real>>*);
RLOSS_INSTANTIATE(float)
RLOSS_INSTANTIATE(double)
#undef RLOSS_INSTANTIATE

}  // namespace rloss
