// The signature that the handlers of BilateralForms share.
#ifndef RLOSS_TENSORFLOW_BILATERAL_FORMS_FFI_H_
#define RLOSS_TENSORFLOW_BILATERAL_FORMS_FFI_H_

#include <cstdint>
#include <utility>

#include "absl/types/span.h"
#include "ffi_support.h"
#include "xla_call.h"

namespace rloss {

using Output = ffi::Result<ffi::AnyBuffer>;

inline absl::Span<const int64_t> SizesOf(const ffi::AnyBuffer& buffer) {
  const auto sizes = buffer.dimensions();
  return {sizes.begin(), sizes.size()};
}

// Adds the arguments, results and attributes of kFormsCall to a handler that
// has these contexts.
template <typename Contexts>
auto BindForms(Contexts&& contexts) {
  return std::move(contexts)
      .template Arg<ffi::AnyBuffer>()
      .template Arg<ffi::AnyBuffer>()
      .template Arg<ffi::AnyBuffer>()
      .template Ret<ffi::AnyBuffer>()
      .template Ret<ffi::AnyBuffer>()
      .template Ret<ffi::AnyBuffer>()
      .template Ret<ffi::AnyBuffer>()
      .template Ret<ffi::AnyBuffer>()
      .template Attr<int32_t>(kEqualizedAttribute)
      .template Attr<ffi::Span<const float>>(kSigmaAttribute);
}

}  // namespace rloss

#endif  // RLOSS_TENSORFLOW_BILATERAL_FORMS_FFI_H_
