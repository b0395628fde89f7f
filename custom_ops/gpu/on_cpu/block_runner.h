// Runs blocks of threads on a processor as a GPU does: threads of a block meet
// at barriers and share memory, several blocks are under way at once, and
// nobody promises an order.
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

// The thread that asks.
struct Thread {
  Index thread_index, block_index, grid_size;
  Block* block = nullptr;
  int shared_variables = 0;  // declared so far
};
Thread& Current();

// The next variable that all threads of the block share, in the order of
// declarations; holds rubbish at first.
void* Shared(size_t bytes);

void Barrier();

// At every atomic operation other threads may come in between.
void MaybeSwitch();

enum class Schedule {
  kFibers,   // one thread of the processor, switching at random: repeatable
  kThreads,  // a thread of the processor each: what sanitizers understand
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
