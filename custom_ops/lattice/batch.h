// Batches of images: which loop runs in parallel, and memory that is reused.
#ifndef RLOSS_LATTICE_BATCH_H_
#define RLOSS_LATTICE_BATCH_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "lattice.h"
#include "parallel.h"
#include "pool.h"

namespace rloss {

struct BatchShape {
  int64_t images = 0;
  int64_t points = 0;  // of each image
  int channels = 0;
  int dim = 0;
  bool equalized = false;  // the lattices, see self_affinity.h
};

// The first image at fault, and its first point.
struct BatchError {
  int64_t image = -1;
  FeatureError error;
  bool ok() const { return error.ok(); }
};

template <typename Real>
struct FilterScratch {
  Lattice<Real> lattice;
  Workspace<Real> workspace;
};

// Runs body(image, parallel) for each image: images side by side where that
// keeps more threads busy than the strips of one, else one after another.
void ForImages(const BatchShape& shape, const Parallel& parallel,
               const std::function<void(int64_t, const Parallel&)>& body);

// output [images][points][channels] = W values, a lattice built per image
// from features [images][points][dim] and dropped.
template <typename Real>
BatchError FilterBatch(const Real* values, const Real* features,
                       const BatchShape& shape, BlurOrder order,
                       const Parallel& parallel,
                       Pool<FilterScratch<Real>>* pool, Real* output);

// The lattices of a batch, to be kept.
template <typename Real>
BatchError BuildBatch(const Real* features, const BatchShape& shape,
                      const Parallel& parallel, Pool<Workspace<Real>>* pool,
                      std::vector<Lattice<Real>>* lattices);

// output = W values on lattices built before.
template <typename Real>
void FilterBatchOn(const std::vector<Lattice<Real>>& lattices,
                   const Real* values, const BatchShape& shape,
                   BlurOrder order, const Parallel& parallel,
                   Pool<Workspace<Real>>* pool, Real* output);

// Pixels whose features are position and colour in units of the bandwidths.
template <typename Real>
struct BatchImages {
  const Real* image;  // [images][points / width][width][colours]
  int64_t width;
  int colours;
  Real sigma_xy;
  Real sigma_rgb;
};

// The quadratic forms of each image, a lattice built for each and dropped;
// region [images][points] or null. The pointers of `output` are those of the
// first image.
template <typename Real>
BatchError FormsBatch(const Real* values, const BatchImages<Real>& pixels,
                      const Real* region, const BatchShape& shape,
                      const Parallel& parallel,
                      Pool<FilterScratch<Real>>* pool,
                      const FormsOutput<Real>& output);

// MixForms for each image.
template <typename Real>
void MixFormsBatch(const FormsGradient<Real>& gradient,
                   const BatchShape& shape, const Parallel& parallel,
                   Real* output);

}  // namespace rloss

#endif  // RLOSS_LATTICE_BATCH_H_
