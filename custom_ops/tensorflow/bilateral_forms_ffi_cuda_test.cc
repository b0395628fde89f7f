// Tests the handler of the quadratic forms for NVIDIA GPUs by calls like XLA's.
#include "../gpu/on_cpu/forms_on_shim.h"
#include "ffi_cuda_test_support.h"
#include "xla_call.h"

namespace rloss {
namespace {

using shim::Factors;
using shim::Forms;
using shim::FormsScene;

// Calls the handler. Returns the text of its error, or an empty text.
template <typename Real>
std::string Run(const FormsScene<Real>& scene, Forms<Real>* forms) {
  const int64_t images = scene.sizes.images, height = scene.sizes.height;
  const int64_t width = scene.sizes.width, channels = scene.channels;
  const std::vector<int64_t> no_region{0, 0, 0, 1};
  const std::vector<int64_t> pixels{images, height, width, 1};
  return Call()
      .Argument(scene.values, {images, height, width, channels})
      .Argument(scene.image, {images, height, width, scene.colours})
      .Argument(scene.region, scene.region.empty() ? no_region : pixels)
      .Result(forms->filtered, {images, height, width, channels})
      .Result(forms->degrees, pixels)
      .Result(forms->within, {images, channels})
      .Result(forms->degree, {images, channels})
      .Result(forms->total, {images})
      .Attribute(kEqualizedAttribute, scene.equalized)
      .Attribute(kSigmaRgbAttribute, scene.sigma_rgb)
      .Attribute(kSigmaXyAttribute, scene.sigma_xy)
      .Run();
}

template <typename Real>
void GivesTheFormsOfTheLauncher(Factors factors, bool equalized) {
  FormsScene<Real> scene({2, 21, 33}, 3, 3, factors);
  scene.equalized = equalized;
  Forms<Real> expected = shim::FormsOnShim(scene);
  Forms<Real> actual(scene.shape());
  CHECK_TRUE(Run(scene, &actual).empty());
  actual.gradient = expected.gradient;  // not computed by this call
  CHECK_TRUE(actual.SameBitsAs(expected));
}

void SaysWhatIsWrong() {
  FormsScene<double> scene({2, 3, 5}, 1, 2, Factors::kNone);
  Forms<double> forms(scene.shape());
  const int pixel = 15 + 2 * 5 + 4;  // the last of the second image
  scene.image[pixel * 2] = 0.5;
  scene.image[pixel * 2 + 1] = 1e9;
  std::string error = Run(scene, &forms);
  CHECK_TRUE(error.find("of magnitude up to") != std::string::npos);
  CHECK_TRUE(error.find("image[1, 2, 4] = [0.5, 1e+09] with sigma_xy = 8 and "
                        "sigma_rgb = 16") != std::string::npos);

  scene.image[pixel * 2 + 1] = 0;
  memory_ends = true;
  error = Run(scene, &forms);
  memory_ends = false;
  CHECK_TRUE(error.find("MB of GPU memory") != std::string::npos);
}

}  // namespace
}  // namespace rloss

int main() {
  using namespace rloss;
  CHECK_TRUE(std::strcmp(platform, "CUDA") == 0);
  CHECK_TRUE(std::strcmp(call_name, kFormsCall) == 0);
  GivesTheFormsOfTheLauncher<float>(Factors::kMask, false);
  GivesTheFormsOfTheLauncher<float>(Factors::kNone, true);
  GivesTheFormsOfTheLauncher<double>(Factors::kAny, false);
  SaysWhatIsWrong();
  return Report("bilateral_forms_ffi_cuda_test");
}
