#include "cuda_driver.h"

#include <memory>
#include <mutex>

namespace rloss {
namespace gpu {
namespace {

bool FindAll(CudaDriver* driver) {
  const SharedLibrary& library = driver->library;
  return library.Find("cuInit", &driver->initialize) &&
         library.Find("cuDriverGetVersion", &driver->get_version) &&
         library.Find("cuGetErrorString", &driver->describe) &&
         library.Find("cuStreamGetCtx", &driver->stream_context) &&
         library.Find("cuCtxPushCurrent_v2", &driver->push_context) &&
         library.Find("cuCtxPopCurrent_v2", &driver->pop_context) &&
         library.Find("cuCtxGetDevice", &driver->context_device) &&
         library.Find("cuDeviceGetAttribute", &driver->device_attribute) &&
         library.Find("cuModuleLoadData", &driver->load_module) &&
         library.Find("cuModuleGetFunction", &driver->find_function) &&
         library.Find("cuLaunchKernel", &driver->launch) &&
         library.Find("cuMemcpyDtoHAsync_v2", &driver->copy_to_host) &&
         library.Find("cuStreamAddCallback", &driver->add_callback) &&
         library.Find("cuStreamSynchronize", &driver->synchronize);
}

}  // namespace

Error CudaDriver::Check(CudaResult result, const char* what) const {
  if (result == 0) return {};
  const char* words = nullptr;
  if (describe(result, &words) != 0 || words == nullptr) words = "no message";
  return std::string("The filter's GPU kernel: ") + what + " failed: " + words +
         " (CUDA error " + std::to_string(result) + ").";
}

Error OpenDriver(const CudaDriver** opened) {
  static std::mutex mutex;
  static std::unique_ptr<CudaDriver> found;
  std::lock_guard<std::mutex> lock(mutex);
  *opened = found.get();
  if (found != nullptr) return {};

  auto driver = std::make_unique<CudaDriver>();
  if (!driver->library.Open({"libcuda.so.1"})) {
    return "The filter's GPU kernel needs the library of NVIDIA's driver, "
           "libcuda.so.1, which could not be opened (" +
           driver->library.reason() +
           "). Install NVIDIA's driver, or place the op on the CPU.";
  }
  if (!FindAll(driver.get())) {
    return "NVIDIA's driver on this machine is too old for the filter's GPU "
           "kernel. Install one for CUDA 11 or newer, or place the op on the "
           "CPU.";
  }
  RLOSS_RETURN_IF_ERROR(
      driver->Check(driver->initialize(0), "starting the driver"));
  driver->get_version(&driver->version);
  found = std::move(driver);
  *opened = found.get();
  return {};
}

}  // namespace gpu
}  // namespace rloss
