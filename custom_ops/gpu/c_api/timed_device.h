// Times each kernel with events on its stream, for benchmarks.
#ifndef RLOSS_GPU_C_API_TIMED_DEVICE_H_
#define RLOSS_GPU_C_API_TIMED_DEVICE_H_

#include <string>
#include <utility>
#include <vector>

#include "../driver/cuda_device.h"

namespace rloss {
namespace gpu {

typedef struct OpaqueEvent* CudaEvent;

// Marks moments on a stream and measures the times between them.
class EventTrace {
 public:
  Error Begin(CudaStream stream);
  // Marks the end of the work launched since the last mark, and names it.
  Error Mark(const char* name);
  // Waits for the stream; appends the name and the milliseconds of each piece
  // of work, in order.
  Error End(std::vector<std::pair<std::string, float>>* times);

 private:
  CudaResult (*create_)(CudaEvent*, unsigned) = nullptr;
  CudaResult (*record_)(CudaEvent, CudaStream) = nullptr;
  CudaResult (*elapsed_)(float*, CudaEvent, CudaEvent) = nullptr;
  CudaResult (*destroy_)(CudaEvent) = nullptr;
  const CudaDriver* driver_ = nullptr;
  CudaStream stream_ = nullptr;
  std::vector<std::pair<std::string, CudaEvent>> marks_;
};

// A device that marks each launch and read-back in a trace, if there is one.
class TimedDevice : public Device {
 public:
  TimedDevice(CudaDevice* device, EventTrace* trace)
      : device_(device), trace_(trace) {}

  Error Launch(const Program& program, Kernel kernel, const Grid& grid,
               void** arguments) override;
  Error ReadBack(const void* device_memory, size_t bytes,
                 void* host_memory) override;

 private:
  CudaDevice* device_;
  EventTrace* trace_;
};

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_C_API_TIMED_DEVICE_H_
