#include "block_runner.h"

#include <algorithm>
#include <numeric>
#include <random>

#include "block.h"

namespace rloss {
namespace gpu {
namespace shim {
namespace {

thread_local Thread* current = nullptr;

// Sanitizers take a switch of stacks for an error.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMayRunFibers = false;
#else
constexpr bool kMayRunFibers = true;
#endif

}  // namespace

Thread& Current() { return *current; }
void SetCurrent(Thread* thread) { current = thread; }

void* Shared(size_t bytes) {
  return current->block->Variable(current->shared_variables++, bytes);
}
void Barrier() { current->block->Wait(); }
void MaybeSwitch() { current->block->Switch(); }

std::vector<uint64_t> ShuffledBlocks(uint64_t count, uint64_t seed) {
  std::vector<uint64_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), uint64_t{0});
  std::shuffle(numbers.begin(), numbers.end(), std::mt19937_64(seed));
  return numbers;
}

Index BlockIndex(uint64_t number, const Index& grid) {
  Index index;
  index.x = static_cast<uint32_t>(number % grid.x);
  index.y = static_cast<uint32_t>(number / grid.x % grid.y);
  index.z = static_cast<uint32_t>(number / grid.x / grid.y);
  return index;
}

void RunGrid(const Index& grid, int threads, const RunOptions& options,
             const std::function<void()>& kernel) {
  if (kMayRunFibers && options.schedule == Schedule::kFibers) {
    RunAsFibers(grid, threads, options, kernel);
  } else {
    RunAsThreads(grid, threads, options, kernel);
  }
}

}  // namespace shim
}  // namespace gpu
}  // namespace rloss
