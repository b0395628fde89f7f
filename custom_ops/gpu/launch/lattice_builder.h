// Builds the lattices of a batch on a device.
//
// How many vertices there are, only the device finds out. So building has two
// halves, and between them one small read-back, which the caller waits for in
// whatever way suits it: by blocking, or in a callback of the stream.
#ifndef RLOSS_GPU_LAUNCH_LATTICE_BUILDER_H_
#define RLOSS_GPU_LAUNCH_LATTICE_BUILDER_H_

#include <cstdint>

#include "../driver/device_interface.h"
#include "../kernels/layout.h"

namespace rloss {
namespace gpu {

struct Problem {
  int64_t images = 0;  // all sizes > 0
  int64_t points = 0;  // of each image
  Program program{};
  bool equalized = false;  // the lattices, see ../lattice/self_affinity.h
};

// Whether there are not too many points for one call.
bool FitsDevice(const Problem& problem);

// A finished lattice: what filtering needs. The memory is the caller's.
struct BuiltLattice {
  Problem problem;
  Shape shape{};
  LatticeView view{};
};

// The first point at fault.
struct PointFault {
  int64_t image = -1;
  int64_t point = -1;
  bool out_of_range = false;  // else not finite
  bool found() const { return image >= 0; }
};

// Blocks that take the long lists of rows: no more than there can be lists.
uint32_t LongBlocks(const LatticeView& lattice);

class LatticeBuilder {
 public:
  // `features` (Real [images][points][dim]) is memory of the device. `keep`
  // allocates what the lattice consists of, `temporary` what only building
  // needs; the latter may be freed once Finish() has returned kDone or failed.
  LatticeBuilder(const Problem& problem, const void* features, Device* device,
                 Allocate keep, Allocate temporary);

  // Launches the first half and the copy of the device's counters to
  // `counters`, memory of the host.
  Error Start(Counters* counters);

  enum class Outcome {
    kDone,   // lattice() is finished
    kAgain,  // tables were too small; wait for `counters` once more
    kFault,  // fault() says why there is no lattice
  };
  // Goes on when the counters have arrived.
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
