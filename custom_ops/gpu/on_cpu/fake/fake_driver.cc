// Stands in for libcuda.so.1 in tests. Kernels run on this processor, and the
// memory is that of the host. The code of a module is the text that
// fake_nvrtc.cc writes; it names the program.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include "../../driver/cuda_driver.h"
#include "../shim_device.h"

namespace {

using rloss::gpu::CudaAddress;
using rloss::gpu::CudaCallback;
using rloss::gpu::CudaResult;
using rloss::gpu::CudaStream;
using rloss::gpu::Kernel;
using rloss::gpu::Program;
using rloss::gpu::ValueType;

constexpr CudaResult kInvalidImage = 200;
constexpr CudaResult kNotFound = 500;
constexpr CudaResult kInvalidContext = 201;

struct Function {
  Program program;
  Kernel kernel;
};

int context;  // its address is the only context
thread_local int contexts_pushed = 0;

// Returns the compute capability that a test asks for, else 9.0.
int Capability() {
  const char* wanted = std::getenv("RLOSS_FAKE_CAPABILITY");
  return wanted == nullptr ? 90 : std::atoi(wanted);
}

}  // namespace

extern "C" {

CudaResult cuInit(unsigned) { return 0; }
CudaResult cuDriverGetVersion(int* version) {
  *version = 12040;
  return 0;
}
CudaResult cuGetErrorString(CudaResult result, const char** words) {
  *words = result == kInvalidImage ? "device kernel image is invalid"
                                   : "an error of the fake driver";
  return 0;
}
CudaResult cuStreamGetCtx(CudaStream, void** own) {
  *own = &context;
  return 0;
}
CudaResult cuCtxPushCurrent_v2(void* pushed) {
  ++contexts_pushed;
  return pushed == &context ? 0 : kInvalidContext;
}
CudaResult cuCtxPopCurrent_v2(void** popped) {
  --contexts_pushed;
  *popped = &context;
  return 0;
}
CudaResult cuCtxGetDevice(int* device) {
  *device = 0;
  return contexts_pushed > 0 ? 0 : kInvalidContext;
}
CudaResult cuDeviceGetAttribute(int* value, int attribute, int) {
  *value = attribute == rloss::gpu::kCapabilityMajor ? Capability() / 10
                                                     : Capability() % 10;
  return 0;
}
CudaResult cuModuleLoadData(void** module, const void* image) {
  int dim = 0, type = 0;
  if (std::sscanf(static_cast<const char*>(image),
                  "rloss program of dimension %d and type %d", &dim,
                  &type) != 2) {
    return kInvalidImage;
  }
  *module = new Program{dim, static_cast<ValueType>(type)};
  return 0;
}
CudaResult cuModuleGetFunction(void** function, void* module,
                               const char* name) {
  for (int i = 0; i < rloss::gpu::kKernels; ++i) {
    if (std::strcmp(name, rloss::gpu::kKernelNames[i]) == 0) {
      *function =
          new Function{*static_cast<Program*>(module), static_cast<Kernel>(i)};
      return 0;
    }
  }
  return kNotFound;
}
CudaResult cuLaunchKernel(void* function, unsigned x, unsigned y, unsigned z,
                          unsigned, unsigned, unsigned, unsigned, CudaStream,
                          void** arguments, void**) {
  if (contexts_pushed == 0) return kInvalidContext;
  const Function& launched = *static_cast<Function*>(function);
  rloss::gpu::shim::ShimDevice device({});
  device.Launch(launched.program, launched.kernel, {x, y, z}, arguments);
  return 0;
}
CudaResult cuMemcpyDtoHAsync_v2(void* target, CudaAddress source, size_t bytes,
                                CudaStream) {
  std::memcpy(target, reinterpret_cast<const void*>(source), bytes);
  return 0;
}
CudaResult cuStreamAddCallback(CudaStream stream, CudaCallback callback,
                               void* data, unsigned) {
  std::thread([=] { callback(stream, 0, data); }).detach();
  return 0;
}
CudaResult cuEventCreate(void** event, unsigned) {
  *event = new std::chrono::steady_clock::time_point;
  return 0;
}
CudaResult cuEventRecord(void* event, CudaStream) {
  *static_cast<std::chrono::steady_clock::time_point*>(event) =
      std::chrono::steady_clock::now();
  return 0;
}
CudaResult cuEventElapsedTime(float* milliseconds, void* begin, void* end) {
  using Clock = std::chrono::steady_clock;
  *milliseconds = std::chrono::duration<float, std::milli>(
                      *static_cast<Clock::time_point*>(end) -
                      *static_cast<Clock::time_point*>(begin))
                      .count();
  return 0;
}
CudaResult cuEventDestroy_v2(void* event) {
  delete static_cast<std::chrono::steady_clock::time_point*>(event);
  return 0;
}
CudaResult cuStreamSynchronize(CudaStream) { return 0; }

}  // extern "C"
