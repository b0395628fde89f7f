// Functions that handlers on the CPU share: XLA's interface and its threads.
#ifndef RLOSS_TENSORFLOW_FFI_SUPPORT_H_
#define RLOSS_TENSORFLOW_FFI_SUPPORT_H_

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "../lattice/shared_loop.h"
#include "absl/status/status.h"
#include "xla/ffi/api/ffi.h"

namespace xla::ffi {
// TensorFlow exports this function. The header that declares it includes all of
// XLA.
const XLA_FFI_Api* GetXlaFfiApi();
}  // namespace xla::ffi

namespace rloss {

namespace ffi = ::xla::ffi;

// Returns the handler's error for a status that is OK or about an argument.
inline ffi::Error ToFfi(const absl::Status& status) {
  if (status.ok()) return ffi::Error::Success();
  return ffi::Error::InvalidArgument(std::string(status.message()));
}

// Returns the threads of the calling program: those of its pool, or the calling
// thread if it has no pool.
inline Parallel ThreadsOf(ffi::ThreadPool* pool) {
  const int threads =
      std::max<int>(1, static_cast<int>(pool->num_threads()));
  return Parallel(
      threads, [pool, threads](int64_t count, const Parallel::Task& task) {
        RunShared(count, task, threads, [pool](std::function<void()> work) {
          pool->Schedule(std::move(work));
        });
      });
}

}  // namespace rloss

#endif  // RLOSS_TENSORFLOW_FFI_SUPPORT_H_
