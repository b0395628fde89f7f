// Adds the time that a scope takes to a field of StageSeconds.
#ifndef RLOSS_LATTICE_STAGE_TIMER_H_
#define RLOSS_LATTICE_STAGE_TIMER_H_

#include <chrono>

#include "lattice.h"

namespace rloss {

class StageTimer {
 public:
  StageTimer(StageSeconds* stages, double StageSeconds::*stage)
      : stages_(stages), stage_(stage) {
    if (stages_ != nullptr) start_ = Clock::now();
  }
  ~StageTimer() {
    if (stages_ == nullptr) return;
    stages_->*stage_ +=
        std::chrono::duration<double>(Clock::now() - start_).count();
  }
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  StageSeconds* stages_;
  double StageSeconds::*stage_;
  Clock::time_point start_;
};

}  // namespace rloss

#endif  // RLOSS_LATTICE_STAGE_TIMER_H_
