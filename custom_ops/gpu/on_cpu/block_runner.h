// Runs blocks of threads on a processor as a GPU does: threads of a block meet
// at barriers and share memory, several blocks are under way at once, and their
// order is undefined.
#ifndef RLOSS_GPU_ON_CPU_BLOCK_RUNNER_H_
#define RLOSS_GPU_ON_CPU_BLOCK_RUNNER_H_

#include <cstddef>
#include <cstdint>
#include <functional>

namespace rloss {
namespace gpu {
namespace shim {

struct Index {
  uint32_t x = 0, y = 0, z = 0;
};

class Block;

// A thread of the GPU. Current() is the one that calls.
struct Thread {
  Index thread_index, block_index, grid_size;
  Block* block = nullptr;
  int shared_variables = 0;  // declared so far
};
Thread& Current();

// Returns the next variable that all threads of the block share, in the order
// of declarations. It holds rubbish at first.
void* Shared(size_t bytes);

// Waits until all threads of the block are here.
void Barrier();

// Every atomic operation calls this: other threads may run before it.
void MaybeSwitch();

enum class Schedule {
  // One thread of the processor runs all, switching at random. The seed repeats
  // the order.
  kFibers,
  // Each thread of the GPU is one of the processor, which sanitizers
  // understand.
  kThreads,
};

struct RunOptions {
  Schedule schedule = Schedule::kFibers;
  uint64_t seed = 1;
  int blocks_at_once = 3;
};

// Calls `kernel` on every thread of every block and returns when all are done.
// Ends the program if some threads of a block wait at a barrier that others
// never reach.
void RunGrid(const Index& grid, int threads, const RunOptions& options,
             const std::function<void()>& kernel);

}  // namespace shim
}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_ON_CPU_BLOCK_RUNNER_H_
