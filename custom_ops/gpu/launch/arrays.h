// Puts several arrays into one piece of device memory.
#ifndef RLOSS_GPU_LAUNCH_ARRAYS_H_
#define RLOSS_GPU_LAUNCH_ARRAYS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../driver/device_interface.h"

namespace rloss {
namespace gpu {

// Call Add() or AddBytes() for each array, then AllocateBy() once. It allocates
// the memory and sets the pointers.
class Arrays {
 public:
  template <typename T>
  void Add(T** pointer, uint64_t count) {
    AddBytes(reinterpret_cast<void**>(pointer), count * sizeof(T));
  }
  void AddBytes(void** pointer, uint64_t bytes) {
    places_.push_back({pointer, total_});
    total_ += (bytes + kAlignment - 1) / kAlignment * kAlignment;
  }

  Error AllocateBy(const Allocate& allocate) {
    char* memory = static_cast<char*>(allocate(total_));
    if (memory == nullptr) {
      return "The filter needs " + std::to_string(total_ >> 20) +
             " MB of GPU memory, and less is free. Filter fewer images or "
             "channels at a time.";
    }
    for (const Place& place : places_) *place.pointer = memory + place.offset;
    return {};
  }

  uint64_t bytes() const { return total_; }

 private:
  static constexpr uint64_t kAlignment = 256;
  struct Place {
    void** pointer;
    uint64_t offset;
  };
  std::vector<Place> places_;
  uint64_t total_ = 0;
};

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_LAUNCH_ARRAYS_H_
