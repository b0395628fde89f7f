// The handler that a compiled program calls on the CPU. It computes the same
// forms as the op.
#include "bilateral_forms_ffi.h"

#include "bilateral_forms.h"

namespace rloss {
namespace {

template <typename Real>
ffi::Error FormsAs(const Parallel& parallel, ffi::AnyBuffer values,
                   ffi::AnyBuffer image, ffi::AnyBuffer region,
                   const FormsOutput<Real>& output, const float* sigma,
                   bool equalized) {
  // The pool lives as long as the process, because handlers have no state.
  static auto* pool = new Pool<FilterScratch<Real>>;
  const BatchImages<Real> pixels{
      static_cast<const Real*>(image.untyped_data()),
      GridOf(SizesOf(image), sigma)};
  const BatchShape shape =
      FormsBatchShape(SizesOf(values), pixels.grid.dim(), equalized);
  const Real* factors =
      region.element_count() > 0
          ? static_cast<const Real*>(region.untyped_data())
          : nullptr;
  const BatchError error =
      FormsBatch<Real>(static_cast<const Real*>(values.untyped_data()),
                       pixels, factors, shape, parallel, pool, output);
  return ToFfi(DescribePixel(error, pixels, shape.points));
}

ffi::Error FormsOnHost(ffi::ThreadPool pool, ffi::AnyBuffer values,
                       ffi::AnyBuffer image, ffi::AnyBuffer region,
                       Output filtered, Output degrees, Output within,
                       Output degree, Output total, int32_t equalized,
                       ffi::Span<const float> sigma) {
  const auto as = [&](auto type) {
    using Real = decltype(type);
    const auto numbers = [](Output& output) {
      return static_cast<Real*>(output->untyped_data());
    };
    return FormsAs<Real>(ThreadsOf(&pool), values, image, region,
                         {numbers(filtered), numbers(degrees), numbers(within),
                          numbers(degree), numbers(total)},
                         sigma.begin(), equalized != 0);
  };
  // The XLA kernel accepts no other types.
  return values.element_type() == ffi::F32 ? as(float()) : as(double());
}

XLA_FFI_DEFINE_HANDLER(kFormsOnHost, FormsOnHost,
                       BindForms(ffi::Ffi::Bind().Ctx<ffi::ThreadPool>()));
XLA_FFI_REGISTER_HANDLER(ffi::GetXlaFfiApi(), kFormsCall, "Host",
                         kFormsOnHost);

}  // namespace
}  // namespace rloss
