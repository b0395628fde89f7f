#include "timed_device.h"

namespace rloss {
namespace gpu {

Error EventTrace::Begin(CudaStream stream) {
  stream_ = stream;
  RLOSS_RETURN_IF_ERROR(OpenDriver(&driver_));
  const SharedLibrary& library = driver_->library;
  if (!library.Find("cuEventCreate", &create_) ||
      !library.Find("cuEventRecord", &record_) ||
      !library.Find("cuEventElapsedTime", &elapsed_) ||
      !library.Find("cuEventDestroy_v2", &destroy_)) {
    return "NVIDIA's driver on this machine has no events.";
  }
  return Mark("begin");
}

Error EventTrace::Mark(const char* name) {
  CudaEvent event = nullptr;
  RLOSS_RETURN_IF_ERROR(
      driver_->Check(create_(&event, 0), "creating an event"));
  marks_.push_back({name, event});
  return driver_->Check(record_(event, stream_), "recording an event");
}

Error EventTrace::End(std::vector<std::pair<std::string, float>>* times) {
  Error error = driver_->Check(driver_->synchronize(stream_), "waiting");
  for (size_t i = 1; i < marks_.size() && error.empty(); ++i) {
    float milliseconds = 0;
    error = driver_->Check(
        elapsed_(&milliseconds, marks_[i - 1].second, marks_[i].second),
        "timing");
    times->push_back({marks_[i].first, milliseconds});
  }
  for (const auto& mark : marks_) destroy_(mark.second);
  marks_.clear();
  return error;
}

Error TimedDevice::Launch(const Program& program, Kernel kernel,
                          const Grid& grid, void** arguments) {
  const Error error = device_->Launch(program, kernel, grid, arguments);
  if (!error.empty() || trace_ == nullptr) return error;
  return trace_->Mark(kKernelNames[static_cast<int>(kernel)]);
}

Error TimedDevice::ReadBack(const void* device_memory, size_t bytes,
                            void* host_memory) {
  const Error error = device_->ReadBack(device_memory, bytes, host_memory);
  if (!error.empty() || trace_ == nullptr) return error;
  return trace_->Mark("read_back");
}

}  // namespace gpu
}  // namespace rloss
