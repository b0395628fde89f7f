// Runs a loop on a pool of threads that takes work but cannot be waited for.
#ifndef RLOSS_LATTICE_SHARED_LOOP_H_
#define RLOSS_LATTICE_SHARED_LOOP_H_

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "parallel.h"

namespace rloss {

// The tasks of one loop. The calling thread waits for tasks that other threads
// have begun, but never for a thread to begin: all of them may be waiting in
// loops of their own.
class SharedLoop {
 public:
  SharedLoop(int64_t count, const Parallel::Task& task)
      : count_(count), task_(task) {}

  // Runs tasks until none is left. A thread that comes later finds none.
  void Work() {
    int64_t done = 0;
    for (int64_t i; (i = next_.fetch_add(1)) < count_; ++done) task_(i);
    if (done == 0) return;
    std::lock_guard<std::mutex> lock(mutex_);
    done_ += done;
    if (done_ == count_) all_done_.notify_all();
  }

  void Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    all_done_.wait(lock, [this] { return done_ == count_; });
  }

 private:
  const int64_t count_;
  const Parallel::Task& task_;  // lives until Wait() returns
  std::atomic<int64_t> next_{0};
  std::mutex mutex_;
  std::condition_variable all_done_;
  int64_t done_ = 0;
};

// Runs task(0) ... task(count - 1) on the calling thread and on up to
// `threads` - 1 others, to which schedule(work) gives work.
inline void RunShared(
    int64_t count, const Parallel::Task& task, int threads,
    const std::function<void(std::function<void()>)>& schedule) {
  // The pool shares the loop, because a thread may come when all is done.
  const auto loop = std::make_shared<SharedLoop>(count, task);
  for (int64_t i = std::min<int64_t>(threads, count) - 1; i > 0; --i) {
    schedule([loop] { loop->Work(); });
  }
  loop->Work();
  loop->Wait();
}

}  // namespace rloss

#endif  // RLOSS_LATTICE_SHARED_LOOP_H_
