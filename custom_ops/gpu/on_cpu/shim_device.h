// A device that runs the kernels on this processor instead of a GPU.
#ifndef RLOSS_GPU_ON_CPU_SHIM_DEVICE_H_
#define RLOSS_GPU_ON_CPU_SHIM_DEVICE_H_

#include <map>
#include <vector>

#include "../driver/device_interface.h"
#include "block_runner.h"

namespace rloss {
namespace gpu {
namespace shim {

class ShimDevice : public Device {
 public:
  explicit ShimDevice(const RunOptions& options) : options_(options) {}

  Error Launch(const Program& program, Kernel kernel, const Grid& grid,
               void** arguments) override;
  Error ReadBack(const void* device_memory, size_t bytes,
                 void* host_memory) override;

  const std::vector<Kernel>& launched() const { return launched_; }
  int read_backs() const { return read_backs_; }

 private:
  RunOptions options_;
  std::vector<Kernel> launched_;
  int read_backs_ = 0;
};

// Allocates memory that holds rubbish at first, and rubbish again once it is
// freed. Guard bytes lie behind each piece.
class ShimMemory {
 public:
  ~ShimMemory();
  Allocate allocate();
  uint64_t bytes() const { return bytes_; }
  // Returns whether nobody wrote beyond the end of a piece.
  bool Intact() const;

 private:
  struct Piece {
    char* memory;
    size_t bytes;
  };
  std::vector<Piece> pieces_;
  uint64_t bytes_ = 0;
};

}  // namespace shim
}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_ON_CPU_SHIM_DEVICE_H_
