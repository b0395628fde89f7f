// Computes an update of mean-field inference in one pass over the points.
#ifndef RLOSS_LATTICE_MEAN_FIELD_H_
#define RLOSS_LATTICE_MEAN_FIELD_H_

#include <cstdint>
#include <deque>
#include <vector>

#include "batch.h"
#include "lattice.h"

namespace rloss {

// The messages that the points of each image send to each other by one kernel:
// after_p (W (before values))_p, where W is the symmetric filter of the image's
// lattice.
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
  Pool<Buffer<Real>> messages;             // those to a few points
};

// Sets output [images][points][channels] for each point to the softmax over the
// channels of its logits plus all messages. There must be at least one kernel.
template <typename Real>
void UpdateBatch(const Real* logits,
                 const std::vector<Messages<Real>>& messages,
                 const BatchShape& shape, const Parallel& parallel,
                 Pool<UpdateScratch<Real>>* pool, Real* output);

// The output of an update, the derivatives of a loss with respect to that
// output, and those with respect to the inputs, which are to be computed. All
// are [images][points][channels].
template <typename Real>
struct UpdateDerivatives {
  const Real* probs;    // the output
  const Real* by_probs;
  Real* by_logits;
  std::vector<Real*> by_values;  // one for each kernel
};

// Computes by_logits and by_values. Does not read messages[m].values. The
// result is right because W is symmetric.
template <typename Real>
void UpdateGradientBatch(const UpdateDerivatives<Real>& derivatives,
                         const std::vector<Messages<Real>>& messages,
                         const BatchShape& shape, const Parallel& parallel,
                         Pool<Workspace<Real>>* pool);

}  // namespace rloss

#endif  // RLOSS_LATTICE_MEAN_FIELD_H_
