// Runs every thread of a block as a thread of the processor. If two of them use
// the same memory without a barrier or an atomic operation in between,
// ThreadSanitizer sees a data race.
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "block.h"

namespace rloss {
namespace gpu {
namespace shim {
namespace {

class ThreadBlock : public Block {
 public:
  explicit ThreadBlock(int threads) {
    for (auto& barrier : barriers_) {
      pthread_barrier_init(&barrier, nullptr, threads);
    }
  }
  ~ThreadBlock() override {
    for (auto& barrier : barriers_) pthread_barrier_destroy(&barrier);
  }

  // Uses two barriers by turns. With a single one, a thread that wakes late
  // would look to a sanitizer as if it had waited for threads that are already
  // at the next barrier.
  void Wait() override {
    static thread_local unsigned waits = 0;
    pthread_barrier_wait(&barriers_[waits++ % 2]);
  }
  void Switch() override {}

  Index index;
  bool more = false;

 private:
  pthread_barrier_t barriers_[2];
};

}  // namespace

void RunAsThreads(const Index& grid, int threads, const RunOptions& options,
                  const std::function<void()>& kernel) {
  const std::vector<uint64_t> numbers =
      ShuffledBlocks(uint64_t{grid.x} * grid.y * grid.z, options.seed);
  std::atomic<size_t> next{0};
  std::vector<std::unique_ptr<ThreadBlock>> blocks;
  std::vector<std::thread> workers;
  const size_t at_once =
      std::min<size_t>(options.blocks_at_once, numbers.size());
  for (size_t b = 0; b < at_once; ++b) {
    blocks.push_back(std::make_unique<ThreadBlock>(threads));
    ThreadBlock* block = blocks.back().get();
    for (int t = 0; t < threads; ++t) {
      workers.emplace_back([&, block, t] {
        while (true) {
          block->Wait();
          if (t == 0) {
            block->ForgetVariables();
            const size_t i = next++;
            block->more = i < numbers.size();
            if (block->more) block->index = BlockIndex(numbers[i], grid);
          }
          block->Wait();
          if (!block->more) return;
          Thread thread;
          thread.thread_index.x = static_cast<uint32_t>(t);
          thread.block_index = block->index;
          thread.grid_size = grid;
          thread.block = block;
          SetCurrent(&thread);
          kernel();
        }
      });
    }
  }
  for (std::thread& worker : workers) worker.join();
}

}  // namespace shim
}  // namespace gpu
}  // namespace rloss
