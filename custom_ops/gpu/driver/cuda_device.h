// A device that works on one stream of a CUDA GPU.
#ifndef RLOSS_GPU_DRIVER_CUDA_DEVICE_H_
#define RLOSS_GPU_DRIVER_CUDA_DEVICE_H_

#include <functional>

#include "cuda_driver.h"
#include "device_interface.h"

namespace rloss {
namespace gpu {

class CudaDevice : public Device {
 public:
  // Opens the device of `stream`, a CUstream. All calls work on this stream
  // only, in its context, and leave the calling thread's current context as it
  // was.
  Error Open(CudaStream stream);

  Error Launch(const Program& program, Kernel kernel, const Grid& grid,
               void** arguments) override;
  Error ReadBack(const void* device_memory, size_t bytes,
                 void* host_memory) override;

  // Calls `done` once the work launched so far is done or the stream has
  // failed. The call comes from a thread of the driver, so `done` must be short
  // and must not use the GPU.
  Error WhenDone(std::function<void(Error)> done);

  // Waits until the work launched so far is done.
  Error Wait();

 private:
  const CudaDriver* driver_ = nullptr;
  CudaStream stream_ = nullptr;
  CudaContext context_ = nullptr;
};

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_DRIVER_CUDA_DEVICE_H_
