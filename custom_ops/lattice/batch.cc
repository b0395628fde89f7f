#include "batch.h"

#include <algorithm>

#include "strips.h"

namespace rloss {
namespace {

BatchError FirstError(const std::vector<FeatureError>& errors) {
  for (size_t image = 0; image < errors.size(); ++image) {
    if (!errors[image].ok()) {
      return {static_cast<int64_t>(image), errors[image]};
    }
  }
  return {};
}

}  // namespace

void ForImages(const BatchShape& shape, const Parallel& parallel,
               const std::function<void(int64_t, const Parallel&)>& body) {
  // Takes the loop that keeps more threads busy: over strips or over images.
  const int64_t threads = parallel.threads();
  if (std::min(shape.images, threads) >
      std::min(Strips(shape.points).count, threads)) {
    const Parallel serial;
    parallel.For(shape.images, [&](int64_t i) { body(i, serial); });
    return;
  }
  for (int64_t i = 0; i < shape.images; ++i) body(i, parallel);
}

template <typename Real>
BatchError FilterBatch(const Real* values, const Real* features,
                       const BatchShape& shape, BlurOrder order,
                       const Parallel& parallel,
                       Pool<FilterScratch<Real>>* pool, Real* output) {
  std::vector<FeatureError> errors(shape.images);
  ForImages(shape, parallel, [&](int64_t i, const Parallel& inner) {
    typename Pool<FilterScratch<Real>>::Lease scratch(pool);
    const int64_t first = i * shape.points;
    errors[i] =
        scratch->lattice.Build({features + first * shape.dim, shape.dim},
                               shape.points, shape.equalized, inner,
                               &scratch->workspace);
    if (!errors[i].ok()) return;
    scratch->lattice.Filter(values + first * shape.channels, shape.channels,
                            order, inner, &scratch->workspace,
                            output + first * shape.channels);
  });
  return FirstError(errors);
}

template <typename Real>
BatchError BuildBatch(const Real* features, const BatchShape& shape,
                      const Parallel& parallel, Pool<Workspace<Real>>* pool,
                      std::vector<Lattice<Real>>* lattices) {
  lattices->clear();
  lattices->resize(shape.images);
  std::vector<FeatureError> errors(shape.images);
  ForImages(shape, parallel, [&](int64_t i, const Parallel& inner) {
    typename Pool<Workspace<Real>>::Lease workspace(pool);
    errors[i] =
        (*lattices)[i].Build(
            {features + i * shape.points * shape.dim, shape.dim},
            shape.points, shape.equalized, inner, workspace.get());
  });
  return FirstError(errors);
}

template <typename Real>
void FilterBatchOn(const std::vector<Lattice<Real>>& lattices,
                   const Real* values, const BatchShape& shape,
                   BlurOrder order, const Parallel& parallel,
                   Pool<Workspace<Real>>* pool, Real* output) {
  ForImages(shape, parallel, [&](int64_t i, const Parallel& inner) {
    typename Pool<Workspace<Real>>::Lease workspace(pool);
    const int64_t offset = i * shape.points * shape.channels;
    lattices[i].Filter(values + offset, shape.channels, order, inner,
                       workspace.get(), output + offset);
  });
}

template <typename Real>
BatchError FormsBatch(const Real* values, const BatchImages<Real>& pixels,
                      const Real* region, const BatchShape& shape,
                      const Parallel& parallel,
                      Pool<FilterScratch<Real>>* pool,
                      const FormsOutput<Real>& output) {
  std::vector<FeatureError> errors(shape.images);
  ForImages(shape, parallel, [&](int64_t i, const Parallel& inner) {
    typename Pool<FilterScratch<Real>>::Lease scratch(pool);
    const int64_t first = i * shape.points;
    errors[i] =
        scratch->lattice.Build(
            {pixels.image + first * pixels.grid.colours, pixels.grid},
            shape.points, shape.equalized, inner, &scratch->workspace);
    if (!errors[i].ok()) return;
    scratch->lattice.Forms(
        values + first * shape.channels,
        region == nullptr ? nullptr : region + first, shape.channels, inner,
        &scratch->workspace,
        {output.filtered + first * shape.channels, output.degrees + first,
         output.within + i * shape.channels,
         output.degree + i * shape.channels, output.total + i});
  });
  return FirstError(errors);
}

template <typename Real>
void MixFormsBatch(const FormsGradient<Real>& gradient,
                   const BatchShape& shape, const Parallel& parallel,
                   Real* output) {
  ForImages(shape, parallel, [&](int64_t i, const Parallel& inner) {
    const int64_t first = i * shape.points;
    const int64_t offset = first * shape.channels;
    MixForms<Real>({gradient.filtered + offset, gradient.degrees + first,
                    gradient.within + i * shape.channels,
                    gradient.degree + i * shape.channels},
                   shape.points, shape.channels, inner, output + offset);
  });
}

#define RLOSS_INSTANTIATE(Real)                                              \
  template BatchError FilterBatch<Real>(                                     \
      const Real*, const Real*, const BatchShape&, BlurOrder,                \
      const Parallel&, Pool<FilterScratch<Real>>*, Real*);                   \
  template BatchError BuildBatch<Real>(const Real*, const BatchShape&,       \
                                       const Parallel&,                      \
                                       Pool<Workspace<Real>>*,               \
                                       std::vector<Lattice<Real>>*);         \
  template void FilterBatchOn<Real>(                                         \
      const std::vector<Lattice<Real>>&, const Real*, const BatchShape&,     \
      BlurOrder, const Parallel&, Pool<Workspace<Real>>*, Real*);            \
  template BatchError FormsBatch<Real>(                                      \
      const Real*, const BatchImages<Real>&, const Real*, const BatchShape&, \
      const Parallel&, Pool<FilterScratch<Real>>*,                           \
      const FormsOutput<Real>&);                                             \
  template void MixFormsBatch<Real>(const FormsGradient<Real>&,              \
                                    const BatchShape&, const Parallel&,      \
                                    Real*);
RLOSS_INSTANTIATE(float)
RLOSS_INSTANTIATE(double)
#undef RLOSS_INSTANTIATE

}  // namespace rloss
