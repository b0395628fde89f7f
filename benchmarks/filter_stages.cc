// Times the stages of the lattice on features from a file; see filter.py.
//
//   filter_stages FEATURES POINTS CHANNELS THREADS REPEATS ORDER
//
// FEATURES holds POINTS x 5 float32. Prints one line of JSON, times in ms.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "../custom_ops/lattice/kernels.h"
#include "../custom_ops/lattice/lattice.h"

namespace {

using Clock = std::chrono::steady_clock;

double Milliseconds(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start)
      .count();
}

// Of this program alone: getrusage's figure outlives exec.
double PeakMegabytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  double kilobytes = 0;
  while (status >> word) {
    if (word == "VmHWM:") status >> kilobytes;
  }
  return kilobytes / 1024;
}

double Median(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers[numbers.size() / 2];
}

// Threads that sleep between calls, as TensorFlow's do; the caller works too.
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

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fprintf(stderr, "run benchmarks/filter.py, which calls this\n");
    return EXIT_FAILURE;
  }
  const int64_t points = std::atoll(argv[2]);
  const int channels = std::atoi(argv[3]);
  const int threads = std::atoi(argv[4]);
  const int repeats = std::atoi(argv[5]);
  const auto order = std::strcmp(argv[6], "symmetric") == 0
                         ? rloss::BlurOrder::kSymmetric
                         : rloss::BlurOrder::kForward;

  std::vector<float> features(points * 5);
  std::ifstream file(argv[1], std::ios::binary);
  file.read(reinterpret_cast<char*>(features.data()),
            features.size() * sizeof(float));
  if (!file) {
    std::fprintf(stderr, "%s holds fewer than %lld points\n", argv[1],
                 static_cast<long long>(points));
    return EXIT_FAILURE;
  }
  std::vector<float> values(points * channels), output(points * channels);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>((i * 2654435761u) >> 8 & 0xFFFF) / 65536;
  }
  const double before = PeakMegabytes();

  ThreadPool pool(threads);
  const rloss::Parallel parallel(
      threads, [&pool](int64_t count, const rloss::Parallel::Task& task) {
        pool.Run(count, task);
      });
  rloss::Lattice<float> lattice;
  rloss::Workspace<float> workspace;
  rloss::StageSeconds stages;
  std::vector<double> totals, filters;
  for (int i = 0; i < repeats + 2; ++i) {
    if (i == 2) workspace.stages = &stages;  // after warming up
    const auto start = Clock::now();
    if (!lattice.Build(features.data(), points, 5, parallel, &workspace).ok()) {
      std::fprintf(stderr, "the lattice refused the features\n");
      return EXIT_FAILURE;
    }
    const auto built = Clock::now();
    lattice.Filter(values.data(), channels, order, parallel, &workspace,
                   output.data());
    if (i < 2) continue;
    totals.push_back(Milliseconds(start));
    filters.push_back(Milliseconds(built));
  }

  const double scale = 1000.0 / repeats;
  std::printf(
      "{\"embed\": %.3f, \"merge\": %.3f, \"neighbours\": %.3f, \"splat\": "
      "%.3f, \"reduce\": %.3f, \"blur\": %.3f, \"slice\": %.3f, \"total\": "
      "%.3f, \"filter_only\": %.3f, \"vertices\": %lld, \"scratch_mb\": %.1f, "
      "\"isa\": \"%s\"}\n",
      stages.embed * scale, stages.merge * scale, stages.neighbours * scale,
      stages.splat * scale, stages.reduce * scale, stages.blur * scale,
      stages.slice * scale, Median(totals), Median(filters),
      static_cast<long long>(lattice.vertices()), PeakMegabytes() - before,
      rloss::InstructionSet());
  return EXIT_SUCCESS;
}
