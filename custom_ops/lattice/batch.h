// Runs the lattice's functions on batches of images. Chooses the loop that runs
// in parallel, and reuses memory between calls.
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
  bool equalized = false;  // whether the lattices are, see self_affinity.h
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

// Runs body(image, parallel) for each image. Images run side by side if that
// keeps more threads busy than the strips of one image do, else one after
// another.
void ForImages(const BatchShape& shape, const Parallel& parallel,
               const std::function<void(int64_t, const Parallel&)>& body);

// Sets output [images][points][channels] to W values. Builds a lattice for each
// image from features [images][points][dim], and keeps none of them.
template <typename Real>
BatchError FilterBatch(const Real* values, const Real* features,
                       const BatchShape& shape, BlurOrder order,
                       const Parallel& parallel,
                       Pool<FilterScratch<Real>>* pool, Real* output);

// Builds the lattices of a batch, for the caller to keep.
template <typename Real>
BatchError BuildBatch(const Real* features, const BatchShape& shape,
                      const Parallel& parallel, Pool<Workspace<Real>>* pool,
                      std::vector<Lattice<Real>>* lattices);

// Sets output to W values on lattices that BuildBatch built.
template <typename Real>
void FilterBatchOn(const std::vector<Lattice<Real>>& lattices,
                   const Real* values, const BatchShape& shape,
                   BlurOrder order, const Parallel& parallel,
                   Pool<Workspace<Real>>* pool, Real* output);

// Images or volumes whose pixels are points: their features are position and
// colour, divided by the bandwidths.
template <typename Real>
struct BatchImages {
  const Real* image;  // [images][points][colours]
  ImageGrid grid;
};

// Computes the quadratic forms of each image. Builds a lattice for each image,
// and keeps none of them. region [images][points], or null for all ones. The
// pointers of `output` are those of the first image.
template <typename Real>
BatchError FormsBatch(const Real* values, const BatchImages<Real>& pixels,
                      const Real* region, const BatchShape& shape,
                      const Parallel& parallel,
                      Pool<FilterScratch<Real>>* pool,
                      const FormsOutput<Real>& output);

// Calls MixForms for each image.
template <typename Real>
void MixFormsBatch(const FormsGradient<Real>& gradient,
                   const BatchShape& shape, const Parallel& parallel,
                   Real* output);

}  // namespace rloss

#endif  // RLOSS_LATTICE_BATCH_H_
