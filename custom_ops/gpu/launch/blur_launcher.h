// From the rows of tiles to blurred vertices: what all filters have in common.
#ifndef RLOSS_GPU_LAUNCH_BLUR_LAUNCHER_H_
#define RLOSS_GPU_LAUNCH_BLUR_LAUNCHER_H_

#include <cstdint>

#include "../../lattice/lattice.h"
#include "../driver/device_interface.h"
#include "arrays.h"
#include "lattice_builder.h"

namespace rloss {
namespace gpu {

// That a device's kernels can take so many channels of values.
Error CheckChannels(int64_t channels);

// What the CPU's filter multiplies by; with both orders half of it.
double Gain(int dim, ValueType type, bool symmetric);

// Memory of the device for `channels` of rows and vertices.
class BlurBuffers {
 public:
  // `keep_splatted`: splatted() outlasts the blur.
  void AddTo(Arrays* arrays, const LatticeView& lattice, ValueType type,
             uint32_t channels, BlurOrder order, bool keep_splatted);

  void*& rows() { return rows_; }
  const void* splatted() const { return buffers_[kSplatted]; }

  // Sums the rows around each vertex and blurs along all axes, two at a time;
  // *blurred is the result, both orders summed if `order` asks for both.
  Error Launch(const LatticeView& lattice, const Program& program,
               uint32_t channels, BlurOrder order, Device* device,
               const void** blurred);

 private:
  // The forward order moves between two buffers, the reverse between two
  // others. Splatted values are needed only in the first pass, so that the
  // first pair shares their buffer unless they are kept.
  static constexpr int kSplatted = 4;
  void* buffers_[5] = {};
  void* rows_ = nullptr;
};

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_LAUNCH_BLUR_LAUNCHER_H_
