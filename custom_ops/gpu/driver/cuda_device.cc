#include "cuda_device.h"

#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <utility>

#include "../kernels/layout.h"
#include "compiler.h"

namespace rloss {
namespace gpu {
namespace {

constexpr int kLeastCapability = 70;

// Makes a context current as long as this object lives.
class InContext {
 public:
  InContext(const CudaDriver& driver, CudaContext context)
      : driver_(driver), result_(driver.push_context(context)) {}
  ~InContext() {
    CudaContext own;
    if (result_ == 0) driver_.pop_context(&own);
  }
  Error error() const {
    return driver_.Check(result_, "making the context current");
  }

 private:
  const CudaDriver& driver_;
  CudaResult result_;
};

struct LoadedProgram {
  std::mutex mutex;  // held while this program loads; others load meanwhile
  bool is_loaded = false;
  CudaFunction functions[kKernels] = {};
};

// Compiles the program for the current context's GPU and loads it there.
Error Load(const CudaDriver& driver, const Program& program,
           LoadedProgram* loaded) {
  int device = 0, major = 0, minor = 0;
  RLOSS_RETURN_IF_ERROR(
      driver.Check(driver.context_device(&device), "finding the GPU"));
  driver.device_attribute(&major, kCapabilityMajor, device);
  driver.device_attribute(&minor, kCapabilityMinor, device);
  Target target;
  target.capability = 10 * major + minor;
  target.driver_major = driver.version / 1000;
  if (target.capability < kLeastCapability) {
    return "The filter's GPU kernel needs a GPU of compute capability 7.0 or "
           "newer. This one has " +
           std::to_string(major) + "." + std::to_string(minor) +
           ": place the op on the CPU.";
  }
  std::string code;
  RLOSS_RETURN_IF_ERROR(CompileProgram(program, target, &code));
  CudaModule module = nullptr;
  RLOSS_RETURN_IF_ERROR(driver.Check(driver.load_module(&module, code.c_str()),
                                     "loading the compiled kernels"));
  for (int i = 0; i < kKernels; ++i) {
    RLOSS_RETURN_IF_ERROR(driver.Check(
        driver.find_function(&loaded->functions[i], module, kKernelNames[i]),
        "finding a kernel"));
  }
  loaded->is_loaded = true;
  return {};
}

// Finds the program in the current context, and loads it at first use.
Error FindProgram(const CudaDriver& driver, CudaContext context,
                  const Program& program, const LoadedProgram** found) {
  using Key = std::tuple<CudaContext, int, ValueType>;
  static std::mutex mutex;
  static std::map<Key, std::unique_ptr<LoadedProgram>> programs;
  LoadedProgram* loaded;
  {
    std::lock_guard<std::mutex> lock(mutex);
    auto& place = programs[Key(context, program.dim, program.type)];
    if (place == nullptr) place = std::make_unique<LoadedProgram>();
    loaded = place.get();
  }
  std::lock_guard<std::mutex> lock(loaded->mutex);
  *found = loaded;
  return loaded->is_loaded ? Error() : Load(driver, program, loaded);
}

}  // namespace

Error CudaDevice::Open(CudaStream stream) {
  stream_ = stream;
  RLOSS_RETURN_IF_ERROR(OpenDriver(&driver_));
  return driver_->Check(driver_->stream_context(stream, &context_),
                        "finding the stream's context");
}

Error CudaDevice::Launch(const Program& program, Kernel kernel,
                         const Grid& grid, void** arguments) {
  const InContext in_context(*driver_, context_);
  RLOSS_RETURN_IF_ERROR(in_context.error());
  const LoadedProgram* loaded = nullptr;
  RLOSS_RETURN_IF_ERROR(FindProgram(*driver_, context_, program, &loaded));
  return driver_->Check(
      driver_->launch(loaded->functions[static_cast<int>(kernel)],
                      static_cast<unsigned>(grid.x),
                      static_cast<unsigned>(grid.y),
                      static_cast<unsigned>(grid.z), kThreads, 1, 1, 0,
                      stream_, arguments, nullptr),
      kKernelNames[static_cast<int>(kernel)]);
}

Error CudaDevice::ReadBack(const void* device_memory, size_t bytes,
                           void* host_memory) {
  const InContext in_context(*driver_, context_);
  RLOSS_RETURN_IF_ERROR(in_context.error());
  return driver_->Check(
      driver_->copy_to_host(host_memory,
                            reinterpret_cast<CudaAddress>(device_memory),
                            bytes, stream_),
      "copying to the host");
}

Error CudaDevice::WhenDone(std::function<void(Error)> done) {
  const InContext in_context(*driver_, context_);
  RLOSS_RETURN_IF_ERROR(in_context.error());
  struct Call {
    const CudaDriver* driver;
    std::function<void(Error)> done;
  };
  auto call = std::make_unique<Call>(Call{driver_, std::move(done)});
  const CudaCallback callback = [](CudaStream, CudaResult result, void* data) {
    const std::unique_ptr<Call> own(static_cast<Call*>(data));
    own->done(own->driver->Check(result, "building the lattice"));
  };
  RLOSS_RETURN_IF_ERROR(driver_->Check(
      driver_->add_callback(stream_, callback, call.get(), 0),
      "asking for a call back"));
  call.release();  // the callback owns it
  return {};
}

Error CudaDevice::Wait() {
  const InContext in_context(*driver_, context_);
  RLOSS_RETURN_IF_ERROR(in_context.error());
  return driver_->Check(driver_->synchronize(stream_), "waiting");
}

}  // namespace gpu
}  // namespace rloss
