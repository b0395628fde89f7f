// What a compiled program calls on the CPU: the same filter as that of the op.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "Eigen/Core"
#include "cpu_support.h"
#include "xla/ffi/api/ffi.h"
#include "xla_call.h"

namespace xla::ffi {
// TensorFlow exports it; its header would bring in all of XLA.
const XLA_FFI_Api* GetXlaFfiApi();
}  // namespace xla::ffi

namespace rloss {
namespace {

namespace ffi = ::xla::ffi;

// One loop that several threads work off. Its owner waits only for tasks that
// a thread has begun, never for threads to come: all of them may be waiting in
// loops of their own.
class Loop {
 public:
  Loop(int64_t count, const Parallel::Task& task)
      : count_(count), task_(task) {}

  // Runs tasks until none is left. `task_` lives as long as there are any.
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
  const Parallel::Task& task_;
  std::atomic<int64_t> next_{0};
  std::mutex mutex_;
  std::condition_variable all_done_;
  int64_t done_ = 0;
};

// The threads of the program that calls; without a pool, the calling one.
Parallel ThreadsOf(ffi::ThreadPool* pool) {
  const int threads =
      std::max<int>(1, static_cast<int>(pool->num_threads()));
  return Parallel(
      threads, [pool, threads](int64_t count, const Parallel::Task& task) {
        auto loop = std::make_shared<Loop>(count, task);
        const int64_t helpers = std::min<int64_t>(threads, count) - 1;
        for (int64_t i = 0; i < helpers; ++i) {
          pool->Schedule([loop] { loop->Work(); });
        }
        loop->Work();
        loop->Wait();
      });
}

template <typename T>
ffi::Error FilterAs(const Parallel& parallel, ffi::AnyBuffer values,
                    ffi::AnyBuffer features, BlurOrder order, void* filtered) {
  using Real = RealOf<T>;
  // Kept for the life of the process, like that of an op for the life of it.
  static auto* pool = new Pool<FilterScratch<Real>>;
  const auto sizes = features.dimensions();
  const BatchShape shape{sizes[0], sizes[1],
                         static_cast<int>(values.dimensions()[2]),
                         static_cast<int>(sizes[2])};
  const T* input = static_cast<const T*>(values.untyped_data());
  T* output = static_cast<T*>(filtered);
  const Real* positions = static_cast<const Real*>(features.untyped_data());

  BatchError error;
  if constexpr (std::is_same_v<T, Real>) {
    error = FilterBatch(input, positions, shape, order, parallel, pool, output);
  } else {
    const size_t count = values.element_count();
    std::vector<Real> wide(input, input + count), wide_output(count);
    error = FilterBatch(wide.data(), positions, shape, order, parallel, pool,
                        wide_output.data());
    std::transform(wide_output.begin(), wide_output.end(), output,
                   [](Real value) { return static_cast<T>(value); });
  }
  const absl::Status status = Describe(error, positions, shape);
  if (status.ok()) return ffi::Error::Success();
  return ffi::Error::InvalidArgument(std::string(status.message()));
}

ffi::Error Filter(ffi::ThreadPool pool, ffi::AnyBuffer values,
                  ffi::AnyBuffer features, ffi::Result<ffi::AnyBuffer> filtered,
                  int32_t order) {
  const Parallel parallel = ThreadsOf(&pool);
  const auto as = [&](auto type) {
    return FilterAs<decltype(type)>(parallel, values, features,
                                    static_cast<BlurOrder>(order),
                                    filtered->untyped_data());
  };
  switch (values.element_type()) {
    case ffi::F16:
      return as(Eigen::half());
    case ffi::BF16:
      return as(Eigen::bfloat16());
    case ffi::F32:
      return as(float());
    default:  // the kernel lets no other type through
      return as(double());
  }
}

XLA_FFI_DEFINE_HANDLER(kFilterOnHost, Filter,
                       ffi::Ffi::Bind()
                           .Ctx<ffi::ThreadPool>()
                           .Arg<ffi::AnyBuffer>()
                           .Arg<ffi::AnyBuffer>()
                           .Ret<ffi::AnyBuffer>()
                           .Attr<int32_t>(kOrderAttribute));
XLA_FFI_REGISTER_HANDLER(ffi::GetXlaFfiApi(), kFilterCall, "Host",
                         kFilterOnHost);

}  // namespace
}  // namespace rloss
