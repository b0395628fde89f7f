// The signature that the handlers of BilateralForms share.
#ifndef RLOSS_TENSORFLOW_BILATERAL_FORMS_FFI_H_
#define RLOSS_TENSORFLOW_BILATERAL_FORMS_FFI_H_

#include <utility>

#include "ffi_support.h"
#include "xla_call.h"

namespace rloss {

using Output = ffi::Result<ffi::AnyBuffer>;

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
      .template Attr<float>(kSigmaXyAttribute)
      .template Attr<float>(kSigmaRgbAttribute)
      .template Attr<int32_t>(kEqualizedAttribute);
}

}  // namespace rloss

#endif  // RLOSS_TENSORFLOW_BILATERAL_FORMS_FFI_H_
