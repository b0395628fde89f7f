// Sums the rows of tiles to vertices and blurs these, as all filters do.
#ifndef RLOSS_GPU_LAUNCH_BLUR_LAUNCHER_H_
#define RLOSS_GPU_LAUNCH_BLUR_LAUNCHER_H_

#include <cstdint>

#include "../../lattice/lattice.h"
#include "../driver/device_interface.h"
#include "arrays.h"
#include "lattice_builder.h"

namespace rloss {
namespace gpu {

// Returns an error if the kernels cannot take so many channels of values.
Error CheckChannels(int64_t channels);

// Returns the factor that the CPU's filter multiplies its output by. If
// `symmetric`, returns half of it, because the kernels sum both orders of axes.
double Gain(int dim, ValueType type, bool symmetric);

// The memory of the device for rows and vertices, and the launches that use it.
class BlurBuffers {
 public:
  // Adds the arrays for `channels` channels. If `keep_splatted`, splatted() is
  // still valid after the blur.
  void AddTo(Arrays* arrays, const LatticeView& lattice, ValueType type,
             uint32_t channels, BlurOrder order, bool keep_splatted);

  void*& rows() { return rows_; }
  const void* splatted() const { return buffers_[kSplatted]; }

  // Sums the rows of each vertex and blurs along all axes, two at a time.
  // *blurred points to the result; if `order` is symmetric, it is the sum of
  // both orders.
  Error Launch(const LatticeView& lattice, const Program& program,
               uint32_t channels, BlurOrder order, Device* device,
               const void** blurred);

 private:
  // The forward order alternates between buffers 0 and 1, the reverse order
  // between 2 and 3. Buffer 4 holds the splatted values. Only the first pass
  // needs them, so unless they are kept, buffer 0 is the same as buffer 4.
  static constexpr int kSplatted = 4;
  void* buffers_[5] = {};
  void* rows_ = nullptr;
};

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_LAUNCH_BLUR_LAUNCHER_H_
