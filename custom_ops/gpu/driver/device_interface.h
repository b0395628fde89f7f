// The interface of a device that runs the kernels: a GPU, or in tests a
// processor.
#ifndef RLOSS_GPU_DRIVER_DEVICE_INTERFACE_H_
#define RLOSS_GPU_DRIVER_DEVICE_INTERFACE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace rloss {
namespace gpu {

// A sentence that tells the user what went wrong; empty if nothing did.
using Error = std::string;

// Returns the error of a call from the calling function, if there is one.
#define RLOSS_RETURN_IF_ERROR(call)                   \
  do {                                                \
    const ::rloss::gpu::Error error_of_call = (call); \
    if (!error_of_call.empty()) return error_of_call; \
  } while (false)

enum class ValueType { kFloat, kDouble, kHalf, kBfloat16 };
constexpr int kValueTypes = 4;

// The size of the numbers in which values of `type` are summed.
inline size_t RealBytes(ValueType type) {
  return type == ValueType::kDouble ? sizeof(double) : sizeof(float);
}

// Kernels are compiled for one dimension and one type of values at a time.
struct Program {
  int dim;
  ValueType type;
};

enum class Kernel {
  kPrepare,
  kEmbed,
  kNumberVertices,
  kListRows,
  kSortRows,
  kSplat,
  kCombine,
  kBlurOne,
  kBlurTwo,
  kSlice,
  kMakeFeatures,
  kSplatForms,
  kSumTiles,
  kSumImages,
  kSliceForms,
  kMixForms,
};
constexpr int kKernels = 16;

// The names of the kernels in the device's program, in the order of `Kernel`.
constexpr const char* kKernelNames[kKernels] = {
    "rloss_prepare",       "rloss_embed",         "rloss_number_vertices",
    "rloss_list_rows",     "rloss_sort_rows",     "rloss_splat",
    "rloss_combine",       "rloss_blur_one",      "rloss_blur_two",
    "rloss_slice",         "rloss_make_features", "rloss_splat_forms",
    "rloss_sum_tiles",     "rloss_sum_images",    "rloss_slice_forms",
    "rloss_mix_forms",
};

// The blocks of a launch, each of kThreads threads.
struct Grid {
  uint64_t x = 1;
  uint64_t y = 1;
  uint64_t z = 1;
};

// Works on one stream of a device. All calls return before the work is done.
class Device {
 public:
  virtual ~Device() = default;

  // arguments[i] points to the kernel's i-th argument, copied by the call.
  virtual Error Launch(const Program& program, Kernel kernel, const Grid& grid,
                       void** arguments) = 0;

  // Copies `bytes` bytes to the host once the work launched before is done.
  virtual Error ReadBack(const void* device_memory, size_t bytes,
                         void* host_memory) = 0;
};

// Returns memory of the device, aligned to 256 bytes, or nullptr. It must stay
// valid until the work launched with it is done.
using Allocate = std::function<void*(size_t bytes)>;

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_DRIVER_DEVICE_INTERFACE_H_
