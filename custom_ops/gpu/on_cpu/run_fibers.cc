// Runs the threads of blocks as fibers. A scheduler switches between them at
// barriers and, now and then, at atomic operations. It chooses at random from a
// seed.
#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "block.h"

namespace rloss {
namespace gpu {
namespace shim {
namespace {

constexpr size_t kStackBytes = 64 << 10;
// On average, one of so many atomic operations lets other threads go first.
constexpr uint32_t kSwitchEvery = 16;

class Scheduler;

// Stacks that no fiber needs at the moment, for the next launch.
thread_local std::vector<std::unique_ptr<char[]>> spare_stacks;

std::unique_ptr<char[]> TakeStack() {
  if (spare_stacks.empty()) {
    return std::unique_ptr<char[]>(new char[kStackBytes]);
  }
  std::unique_ptr<char[]> stack = std::move(spare_stacks.back());
  spare_stacks.pop_back();
  return stack;
}

struct Fiber {
  ~Fiber() { spare_stacks.push_back(std::move(stack)); }

  ucontext_t start;
  // Only the first switch to a fiber uses its context, because that is a call
  // of the system. Later switches jump.
  jmp_buf paused;
  bool is_started = false;
  std::unique_ptr<char[]> stack = TakeStack();
  Thread thread;
  class FiberBlock* block = nullptr;
};

class FiberBlock : public Block {
 public:
  FiberBlock(Scheduler* scheduler, int threads)
      : scheduler(scheduler), fibers(threads) {}
  void Wait() override;
  void Switch() override;

  Scheduler* scheduler;
  std::vector<Fiber> fibers;
  std::vector<Fiber*> waiting;
  int done = 0;
};

class Scheduler {
 public:
  Scheduler(const Index& grid, int threads, const RunOptions& options,
            const std::function<void()>& kernel)
      : grid_(grid),
        kernel_(kernel),
        random_(options.seed),
        left_(ShuffledBlocks(uint64_t{grid.x} * grid.y * grid.z,
                             options.seed)) {
    const size_t at_once =
        std::min<size_t>(options.blocks_at_once, left_.size());
    for (size_t i = 0; i < at_once; ++i) {
      blocks_.push_back(std::make_unique<FiberBlock>(this, threads));
    }
  }

  void Run() {
    for (auto& block : blocks_) StartNext(block.get());
    while (!ready_.empty()) {
      const size_t i = random_() % ready_.size();
      running_ = ready_[i];
      ready_[i] = ready_.back();
      ready_.pop_back();
      SetCurrent(&running_->thread);
      if (_setjmp(own_) == 0) Continue(running_);
    }
    for (auto& block : blocks_) {
      if (block->waiting.empty()) continue;
      std::fprintf(stderr, "some threads of a block never reach a barrier\n");
      std::abort();
    }
  }

  void Pause() {
    if (_setjmp(running_->paused) == 0) _longjmp(own_, 1);
  }
  void MakeReady(Fiber* fiber) { ready_.push_back(fiber); }
  Fiber* running() { return running_; }
  bool Chance() { return random_() % kSwitchEvery == 0; }

 private:
  [[noreturn]] static void Continue(Fiber* fiber) {
    if (fiber->is_started) _longjmp(fiber->paused, 1);
    fiber->is_started = true;
    setcontext(&fiber->start);
    std::abort();
  }

  static void Body(unsigned high, unsigned low) {
    auto* self = reinterpret_cast<Scheduler*>(uintptr_t{high} << 32 | low);
    self->kernel_();
    FiberBlock* block = self->running_->block;
    if (++block->done == static_cast<int>(block->fibers.size())) {
      block->ForgetVariables();
      self->StartNext(block);
    }
    _longjmp(self->own_, 1);
  }

  void StartNext(FiberBlock* block) {
    if (left_.empty()) return;
    const Index index = BlockIndex(left_.back(), grid_);
    left_.pop_back();
    block->done = 0;
    for (size_t i = 0; i < block->fibers.size(); ++i) {
      Fiber& fiber = block->fibers[i];
      fiber.block = block;
      fiber.thread = Thread{};
      fiber.thread.thread_index.x = static_cast<uint32_t>(i);
      fiber.thread.block_index = index;
      fiber.thread.grid_size = grid_;
      fiber.thread.block = block;
      // The last thread of a block runs this on its own stack, so its fiber
      // starts the next block on another one.
      if (&fiber == running_) {
        spare_.swap(fiber.stack);
        if (!fiber.stack) fiber.stack = TakeStack();
      }
      fiber.is_started = false;
      getcontext(&fiber.start);
      fiber.start.uc_stack.ss_sp = fiber.stack.get();
      fiber.start.uc_stack.ss_size = kStackBytes;
      fiber.start.uc_link = nullptr;
      const uintptr_t self = reinterpret_cast<uintptr_t>(this);
      makecontext(&fiber.start, reinterpret_cast<void (*)()>(&Body), 2,
                  static_cast<unsigned>(self >> 32),
                  static_cast<unsigned>(self));
      ready_.push_back(&fiber);
    }
  }

  Index grid_;
  const std::function<void()>& kernel_;
  std::mt19937 random_;
  std::vector<uint64_t> left_;
  std::vector<std::unique_ptr<FiberBlock>> blocks_;
  std::vector<Fiber*> ready_;
  std::unique_ptr<char[]> spare_;
  Fiber* running_ = nullptr;
  jmp_buf own_;
};

void FiberBlock::Wait() {
  waiting.push_back(scheduler->running());
  if (waiting.size() == fibers.size()) {
    for (Fiber* fiber : waiting) scheduler->MakeReady(fiber);
    waiting.clear();
  }
  scheduler->Pause();
}

void FiberBlock::Switch() {
  if (!scheduler->Chance()) return;
  scheduler->MakeReady(scheduler->running());
  scheduler->Pause();
}

}  // namespace

void RunAsFibers(const Index& grid, int threads, const RunOptions& options,
                 const std::function<void()>& kernel) {
  Scheduler(grid, threads, options, kernel).Run();
}

}  // namespace shim
}  // namespace gpu
}  // namespace rloss
