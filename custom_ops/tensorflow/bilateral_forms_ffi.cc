// The handler that a compiled program calls on the CPU. It computes the same
// forms as the op.
#include "bilateral_forms_ffi.h"

#include "bilateral_forms.h"

namespace rloss {
namespace {

template <typename Real>
ffi::Error FormsAs(const Parallel& parallel, ffi::AnyBuffer values,
                   ffi::AnyBuffer image, ffi::AnyBuffer region,
                   const FormsOutput<Real>& output,
                   const BilateralSettings& settings) {
  // The pool lives as long as the process, because handlers have no state.
  static auto* pool = new Pool<FilterScratch<Real>>;
  const auto sizes = values.dimensions();
  const int colours = static_cast<int>(image.dimensions()[3]);
  const BatchShape shape{sizes[0], sizes[1] * sizes[2],
                         static_cast<int>(sizes[3]), colours + 2,
                         settings.equalized};
  const BatchImages<Real> pixels{
      static_cast<const Real*>(image.untyped_data()), sizes[2], colours,
      settings.sigma_xy, settings.sigma_rgb};
  const Real* factors =
      region.element_count() > 0
          ? static_cast<const Real*>(region.untyped_data())
          : nullptr;
  const BatchError error =
      FormsBatch<Real>(static_cast<const Real*>(values.untyped_data()),
                       pixels, factors, shape, parallel, pool, output);
  return ToFfi(DescribePixel(error, pixels, shape));
}

ffi::Error FormsOnHost(ffi::ThreadPool pool, ffi::AnyBuffer values,
                       ffi::AnyBuffer image, ffi::AnyBuffer region,
                       Output filtered, Output degrees, Output within,
                       Output degree, Output total, float sigma_xy,
                       float sigma_rgb, int32_t equalized) {
  const auto as = [&](auto type) {
    using Real = decltype(type);
    const auto numbers = [](Output& output) {
      return static_cast<Real*>(output->untyped_data());
    };
    return FormsAs<Real>(ThreadsOf(&pool), values, image, region,
                         {numbers(filtered), numbers(degrees), numbers(within),
                          numbers(degree), numbers(total)},
                         {sigma_xy, sigma_rgb, equalized != 0});
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
