// A block of threads: its barrier and the variables that its threads share.
#ifndef RLOSS_GPU_ON_CPU_BLOCK_H_
#define RLOSS_GPU_ON_CPU_BLOCK_H_

#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <vector>

#include "block_runner.h"

namespace rloss {
namespace gpu {
namespace shim {

class Block {
 public:
  virtual ~Block() = default;
  // Waits at the barrier until all threads of the block are there.
  virtual void Wait() = 0;
  // May let other threads run first.
  virtual void Switch() = 0;

  // Returns the shared variable `number`, and makes it at first use.
  void* Variable(int number, size_t bytes) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (number == static_cast<int>(variables_.size())) {
      variables_.emplace_back(std::aligned_alloc(64, (bytes + 63) / 64 * 64),
                              &std::free);
      std::memset(variables_.back().get(), 0xA5, bytes);
    }
    return variables_[number].get();
  }
  void ForgetVariables() { variables_.clear(); }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<void, decltype(&std::free)>> variables_;
};

// Returns the numbers of `count` blocks in an order that the seed shuffles.
std::vector<uint64_t> ShuffledBlocks(uint64_t count, uint64_t seed);
Index BlockIndex(uint64_t number, const Index& grid);
void SetCurrent(Thread* thread);

void RunAsFibers(const Index& grid, int threads, const RunOptions& options,
                 const std::function<void()>& kernel);
void RunAsThreads(const Index& grid, int threads, const RunOptions& options,
                  const std::function<void()>& kernel);

}  // namespace shim
}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_ON_CPU_BLOCK_H_
