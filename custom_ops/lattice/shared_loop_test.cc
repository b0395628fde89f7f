// Tests that every task runs once and that waiting threads do not block each
// other.
#include "shared_loop.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "test_support.h"

namespace rloss {
namespace {

// Threads that run the work they are given, in order.
class Threads {
 public:
  explicit Threads(int count) {
    for (int i = 0; i < count; ++i) {
      threads_.emplace_back([this] { Run(); });
    }
  }
  ~Threads() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  void Schedule(std::function<void()> work) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      work_.push_back(std::move(work));
    }
    changed_.notify_one();
  }

 private:
  void Run() {
    while (true) {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [this] { return ended_ || !work_.empty(); });
      if (work_.empty()) return;
      const std::function<void()> work = std::move(work_.front());
      work_.pop_front();
      lock.unlock();
      work();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;
  std::vector<std::thread> threads_;
  bool ended_ = false;
};

Parallel On(Threads* pool, int threads) {
  return Parallel(threads, [=](int64_t count, const Parallel::Task& task) {
    RunShared(count, task, threads, [pool](std::function<void()> work) {
      pool->Schedule(std::move(work));
    });
  });
}

void EveryTaskRunsOnce() {
  for (int threads : {0, 1, 3}) {
    Threads pool(threads);
    for (int64_t count : {0, 1, 2, 1000}) {
      for (int repeat = 0; repeat < 100; ++repeat) {
        std::vector<int> runs(count);  // not atomic: Wait() must order them
        On(&pool, threads + 1).For(count, [&](int64_t i) { ++runs[i]; });
        CHECK_TRUE(runs == std::vector<int>(count, 1));
      }
    }
  }
}

// Runs more loops than there are threads, each within a task of another loop,
// on one pool.
void LoopsWithinLoopsEnd() {
  Threads pool(2);
  const Parallel parallel = On(&pool, 3);
  for (int repeat = 0; repeat < 50; ++repeat) {
    std::vector<int> runs(8 * 8 * 8);
    parallel.For(8, [&](int64_t i) {
      parallel.For(8, [&](int64_t j) {
        parallel.For(8, [&](int64_t k) { ++runs[(i * 8 + j) * 8 + k]; });
      });
    });
    CHECK_TRUE(runs == std::vector<int>(runs.size(), 1));
  }
}

// Tests a pool whose threads never come, and one whose threads come when all is
// done.
void NobodyIsWaitedFor() {
  std::vector<std::function<void()>> late;
  int runs = 0;
  RunShared(
      10, [&](int64_t) { ++runs; }, 4,
      [&](std::function<void()> work) { late.push_back(std::move(work)); });
  CHECK_TRUE(runs == 10);
  CHECK_TRUE(late.size() == 3);
  for (const auto& work : late) work();
  CHECK_TRUE(runs == 10);
}

}  // namespace
}  // namespace rloss

int main() {
  rloss::EveryTaskRunsOnce();
  rloss::LoopsWithinLoopsEnd();
  rloss::NobodyIsWaitedFor();
  return rloss::Report("shared_loop_test");
}
