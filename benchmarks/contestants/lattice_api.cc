// A C interface to the lattice without TensorFlow, for lattice.py. It measures
// the time of each stage, and writes to memory that the caller reuses.
#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "../../custom_ops/lattice/kernels.h"
#include "../../custom_ops/lattice/lattice.h"

namespace {

// Threads that sleep between calls, as those of TensorFlow do. The calling
// thread works too.
class ThreadPool {
 public:
  explicit ThreadPool(int threads) {
    for (int t = 1; t < threads; ++t) {
      workers_.emplace_back([this] { Work(); });
    }
  }
  ~ThreadPool() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  void Run(int64_t count, const rloss::Parallel::Task& task) {
    std::unique_lock<std::mutex> lock(mutex_);
    task_ = &task;
    next_ = 0;
    count_ = unfinished_ = count;
    wake_.notify_all();
    TakeTasks(&lock);
    done_.wait(lock, [this] { return unfinished_ == 0; });
    count_ = 0;
  }

 private:
  void TakeTasks(std::unique_lock<std::mutex>* lock) {
    while (next_ < count_) {
      const int64_t i = next_++;
      lock->unlock();
      (*task_)(i);
      lock->lock();
      if (--unfinished_ == 0) done_.notify_one();
    }
  }
  void Work() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!stop_) {
      wake_.wait(lock, [this] { return stop_ || next_ < count_; });
      TakeTasks(&lock);
    }
  }

  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  const rloss::Parallel::Task* task_ = nullptr;
  int64_t next_ = 0, count_ = 0, unfinished_ = 0;
  bool stop_ = false;
};

struct Core {
  explicit Core(int threads)
      : pool(threads),
        parallel(threads,
                 [this](int64_t count, const rloss::Parallel::Task& task) {
                   pool.Run(count, task);
                 }) {
    workspace.stages = &stages;
  }

  ThreadPool pool;
  rloss::Parallel parallel;
  rloss::Lattice<float> lattice;
  rloss::Workspace<float> workspace;
  rloss::StageSeconds stages;
};

}  // namespace

extern "C" {

Core* core_create(int threads) { return new Core(threads); }

void core_free(Core* core) { delete core; }

// values, output [images][points][channels], features [images][points][dim].
// Returns false if the lattice refuses the features.
bool core_filter(Core* core, const float* values, const float* features,
                 int64_t images, int64_t points, int dim, int channels,
                 bool symmetric, bool equalized, float* output) {
  const auto order = symmetric ? rloss::BlurOrder::kSymmetric
                               : rloss::BlurOrder::kForward;
  for (int64_t i = 0; i < images; ++i) {
    if (!core->lattice
             .Build({features + i * points * dim, dim}, points, equalized,
                    core->parallel, &core->workspace)
             .ok()) {
      return false;
    }
    core->lattice.Filter(values + i * points * channels, channels, order,
                         core->parallel, &core->workspace,
                         output + i * points * channels);
  }
  return true;
}

// The number of lattice points of the last image.
int64_t core_vertices(const Core* core) { return core->lattice.vertices(); }

// Writes the seconds of the stages, in the order of STAGES in lattice.py,
// summed over the filters since the last call of this function.
void core_stages(Core* core, double* seconds) {
  const rloss::StageSeconds& s = core->stages;
  const double all[] = {s.embed,  s.merge, s.neighbours, s.splat,
                        s.reduce, s.blur,  s.slice};
  std::copy(std::begin(all), std::end(all), seconds);
  core->stages = {};
}

const char* core_instruction_set() { return rloss::InstructionSet(); }

// Copies with all threads, which shows the bandwidth of the memory.
void core_copy(Core* core, const char* from, int64_t bytes, char* to) {
  const int64_t chunk = 1 << 20;
  core->parallel.For((bytes + chunk - 1) / chunk, [&](int64_t i) {
    std::memcpy(to + i * chunk, from + i * chunk,
                std::min(chunk, bytes - i * chunk));
  });
}

}  // extern "C"
