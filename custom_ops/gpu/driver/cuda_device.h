// One stream of a CUDA GPU.
#ifndef RLOSS_GPU_DRIVER_CUDA_DEVICE_H_
#define RLOSS_GPU_DRIVER_CUDA_DEVICE_H_

#include <functional>

#include "cuda_driver.h"
#include "device_interface.h"

namespace rloss {
namespace gpu {

class CudaDevice : public Device {
 public:
  // `stream` is a CUstream. Works on it only, in its context, and leaves the
  // calling thread's current context as it was.
  Error Open(CudaStream stream);

  Error Launch(const Program& program, Kernel kernel, const Grid& grid,
               void** arguments) override;
  Error ReadBack(const void* device_memory, size_t bytes,
                 void* host_memory) override;

  // Calls `done` once the work so far is done or the stream has failed, from a
  // thread of the driver: it must be short and must not use the GPU.
  Error WhenDone(std::function<void(Error)> done);

  // Waits for the work so far.
  Error Wait();

 private:
  const CudaDriver* driver_ = nullptr;
  CudaStream stream_ = nullptr;
  CudaContext context_ = nullptr;
};

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_DRIVER_CUDA_DEVICE_H_
