// The handler that a compiled program calls on the CPU. It computes the same
// forms as the op.
#include "bilateral_forms.h"
#include "ffi_support.h"
#include "xla_call.h"

namespace rloss {
namespace {

namespace ffi = ::xla::ffi;
using Output = ffi::Result<ffi::AnyBuffer>;

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
  const absl::Status status = DescribePixel(error, pixels, shape);
  if (status.ok()) return ffi::Error::Success();
  return ffi::Error::InvalidArgument(std::string(status.message()));
}

ffi::Error Forms(ffi::ThreadPool pool, ffi::AnyBuffer values,
                 ffi::AnyBuffer image, ffi::AnyBuffer region, Output filtered,
                 Output degrees, Output within, Output degree, Output total,
                 float sigma_xy, float sigma_rgb, int32_t equalized) {
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

XLA_FFI_DEFINE_HANDLER(kFormsOnHost, Forms,
                       ffi::Ffi::Bind()
                           .Ctx<ffi::ThreadPool>()
                           .Arg<ffi::AnyBuffer>()
                           .Arg<ffi::AnyBuffer>()
                           .Arg<ffi::AnyBuffer>()
                           .Ret<ffi::AnyBuffer>()
                           .Ret<ffi::AnyBuffer>()
                           .Ret<ffi::AnyBuffer>()
                           .Ret<ffi::AnyBuffer>()
                           .Ret<ffi::AnyBuffer>()
                           .Attr<float>(kSigmaXyAttribute)
                           .Attr<float>(kSigmaRgbAttribute)
                           .Attr<int32_t>(kEqualizedAttribute));
XLA_FFI_REGISTER_HANDLER(ffi::GetXlaFfiApi(), kFormsCall, "Host",
                         kFormsOnHost);

}  // namespace
}  // namespace rloss
