// The interface through which the lattice uses the caller's pool of threads.
#ifndef RLOSS_LATTICE_PARALLEL_H_
#define RLOSS_LATTICE_PARALLEL_H_

#include <cstdint>
#include <functional>
#include <utility>

namespace rloss {

// Runs task(0) ... task(count - 1), in any order and possibly at once, and
// returns when all are done. The division into tasks never depends on the
// number of threads, so results have the same bits on any machine.
class Parallel {
 public:
  using Task = std::function<void(int64_t)>;
  using Runner = std::function<void(int64_t count, const Task& task)>;

  // Runs everything on the calling thread.
  Parallel() : threads_(1) {}
  Parallel(int threads, Runner runner)
      : threads_(threads), runner_(std::move(runner)) {}

  int threads() const { return threads_; }

  void For(int64_t count, const Task& task) const {
    if (threads_ > 1 && count > 1) {
      runner_(count, task);
      return;
    }
    for (int64_t i = 0; i < count; ++i) task(i);
  }

 private:
  int threads_;
  Runner runner_;
};

}  // namespace rloss

#endif  // RLOSS_LATTICE_PARALLEL_H_
