// The handler that a compiled program calls on the CPU. It computes the same
// filter as the op.
#include <algorithm>
#include <vector>

#include "Eigen/Core"
#include "cpu_support.h"
#include "ffi_support.h"
#include "xla_call.h"

namespace rloss {
namespace {

template <typename T>
ffi::Error FilterAs(const Parallel& parallel, ffi::AnyBuffer values,
                    ffi::AnyBuffer features, BlurOrder order, bool equalized,
                    void* filtered) {
  using Real = RealOf<T>;
  // The pool lives as long as the process, because handlers have no state.
  static auto* pool = new Pool<FilterScratch<Real>>;
  const auto sizes = features.dimensions();
  const BatchShape shape{sizes[0], sizes[1],
                         static_cast<int>(values.dimensions()[2]),
                         static_cast<int>(sizes[2]), equalized};
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
  return ToFfi(Describe(error, positions, shape));
}

ffi::Error FilterOnHost(ffi::ThreadPool pool, ffi::AnyBuffer values,
                        ffi::AnyBuffer features,
                        ffi::Result<ffi::AnyBuffer> filtered, int32_t order,
                        int32_t equalized) {
  const Parallel parallel = ThreadsOf(&pool);
  const auto as = [&](auto type) {
    return FilterAs<decltype(type)>(parallel, values, features,
                                    static_cast<BlurOrder>(order),
                                    equalized != 0,
                                    filtered->untyped_data());
  };
  switch (values.element_type()) {
    case ffi::F16:
      return as(Eigen::half());
    case ffi::BF16:
      return as(Eigen::bfloat16());
    case ffi::F32:
      return as(float());
    default:  // the XLA kernel accepts no other type
      return as(double());
  }
}

XLA_FFI_DEFINE_HANDLER(kFilterOnHost, FilterOnHost,
                       ffi::Ffi::Bind()
                           .Ctx<ffi::ThreadPool>()
                           .Arg<ffi::AnyBuffer>()
                           .Arg<ffi::AnyBuffer>()
                           .Ret<ffi::AnyBuffer>()
                           .Attr<int32_t>(kOrderAttribute)
                           .Attr<int32_t>(kEqualizedAttribute));
XLA_FFI_REGISTER_HANDLER(ffi::GetXlaFfiApi(), kFilterCall, "Host",
                         kFilterOnHost);

}  // namespace
}  // namespace rloss
