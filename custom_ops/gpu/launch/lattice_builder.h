// Builds the lattices of a batch on a device.
//
// Only the device can count the vertices. So building has two halves, with one
// small read-back between them. The caller waits for it as it likes: by
// blocking, or in a callback of the stream.
#ifndef RLOSS_GPU_LAUNCH_LATTICE_BUILDER_H_
#define RLOSS_GPU_LAUNCH_LATTICE_BUILDER_H_

#include <cstdint>

#include "../driver/device_interface.h"
#include "../kernels/layout.h"

namespace rloss {
namespace gpu {

// The sizes of a batch, and the program that builds its lattices.
struct Problem {
  int64_t images = 0;  // all sizes are positive
  int64_t points = 0;  // of each image
  Program program{};
  bool equalized = false;  // as lattice/self_affinity.h describes
};

// Returns whether one call can take this many points.
bool FitsDevice(const Problem& problem);

// The finished lattices of a batch, as filters need them. The memory is the
// caller's.
struct BuiltLattice {
  Problem problem;
  Shape shape{};
  LatticeView view{};
};

// The first point whose features no lattice can hold.
struct PointFault {
  int64_t image = -1;
  int64_t point = -1;
  bool out_of_range = false;  // else not finite
  bool found() const { return image >= 0; }
};

// Returns the number of blocks that take the long lists of rows. It is at most
// the number of such lists that there can be.
uint32_t LongBlocks(const LatticeView& lattice);

class LatticeBuilder {
 public:
  // `features` (Real [images][points][dim]) is memory of the device. `keep`
  // allocates the memory of the lattice, `temporary` the memory that only
  // building needs. The latter may be freed once Finish() has returned kDone or
  // failed.
  LatticeBuilder(const Problem& problem, const void* features, Device* device,
                 Allocate keep, Allocate temporary);

  // Launches the first half, and the copy of the device's counters to
  // `counters` in the memory of the host.
  Error Start(Counters* counters);

  enum class Outcome {
    kDone,   // lattice() is finished
    kAgain,  // tables were too small; wait for `counters` once more
    kFault,  // fault() says why there is no lattice
  };
  // Launches the second half. The counters must have arrived.
  Error Finish(Counters* counters, Outcome* outcome);

  const BuiltLattice& lattice() const { return lattice_; }
  const PointFault& fault() const { return fault_; }

 private:
  Error Attempt(Counters* counters);

  Problem problem_;
  const void* features_;
  Device* device_;
  Allocate keep_, temporary_;
  BuiltLattice lattice_;
  Scratch scratch_{};
  int attempt_ = 0;
  PointFault fault_;
};

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_LAUNCH_LATTICE_BUILDER_H_
