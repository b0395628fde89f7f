// An update of mean-field inference on lattices, in one pass over the points.
#ifndef RLOSS_LATTICE_MEAN_FIELD_H_
#define RLOSS_LATTICE_MEAN_FIELD_H_

#include <cstdint>
#include <deque>
#include <vector>

#include "batch.h"
#include "lattice.h"

namespace rloss {

// What the points of each image send each other by one kernel: after_p (W
// (before values))_p with the symmetric W of the image's lattice.
template <typename Real>
struct Messages {
  const std::vector<Lattice<Real>>* lattices;  // [images]
  const Real* values;                          // [images][points][channels]
  const Real* before;                          // [images][points]
  const Real* after;                           // [images][points]
};

template <typename Real>
struct UpdateScratch {
  std::deque<Workspace<Real>> workspaces;  // one for each kernel
  Pool<Buffer<Real>> messages;             // to a few points
};

// output [images][points][channels], for each point the softmax over the
// channels of its logits plus all messages, of at least one kernel.
template <typename Real>
void UpdateBatch(const Real* logits,
                 const std::vector<Messages<Real>>& messages,
                 const BatchShape& shape, const Parallel& parallel,
                 Pool<UpdateScratch<Real>>* pool, Real* output);

// The derivatives of a loss by what goes into an update, from those by its
// output; all [images][points][channels].
template <typename Real>
struct UpdateDerivatives {
  const Real* probs;    // the output
  const Real* by_probs;
  Real* by_logits;
  std::vector<Real*> by_values;  // of each kernel
};

// Fills by_logits and by_values; messages[m].values are not read. It relies on W
// being symmetric.
template <typename Real>
void UpdateGradientBatch(const UpdateDerivatives<Real>& derivatives,
                         const std::vector<Messages<Real>>& messages,
                         const BatchShape& shape, const Parallel& parallel,
                         Pool<Workspace<Real>>* pool);

}  // namespace rloss

#endif  // RLOSS_LATTICE_MEAN_FIELD_H_
