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
  const int64_t images = scene.sizes.images, channels = scene.channels;
  const auto sized = [&](int64_t numbers) {
    std::vector<int64_t> sizes{images, scene.sizes.height, scene.sizes.width,
                               numbers};
    if (scene.sizes.depth > 0) sizes.insert(sizes.begin() + 1, scene.sizes.depth);
    return sizes;
  };
  const std::vector<int64_t> no_region{0, 0, 0, 1};
  const std::vector<float> sigma(scene.grid.sigma,
                                 scene.grid.sigma + scene.grid.dim());
  return Call()
      .Argument(scene.values, sized(channels))
      .Argument(scene.image, sized(scene.colours))
      .Argument(scene.region, scene.region.empty() ? no_region : sized(1))
      .Result(forms->filtered, sized(channels))
      .Result(forms->degrees, sized(1))
      .Result(forms->within, {images, channels})
      .Result(forms->degree, {images, channels})
      .Result(forms->total, {images})
      .Attribute(kEqualizedAttribute, scene.equalized)
      .Attribute(kSigmaAttribute, sigma)
      .Run();
}

template <typename Real>
void GivesTheFormsOfTheLauncher(const shim::ImageSizes& sizes, Factors factors,
                                bool equalized) {
  FormsScene<Real> scene(sizes, 3, 3, factors);
  scene.grid.sigma[1] = 5;
  scene.grid.sigma[4] = 30;
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
                        "sigma_color = 16") != std::string::npos);

  scene.image[pixel * 2 + 1] = 0;
  memory_ends = true;
  error = Run(scene, &forms);
  memory_ends = false;
  CHECK_TRUE(error.find("MB of GPU memory") != std::string::npos);
}

void SaysWhichVoxelIsWrong() {
  FormsScene<float> scene({2, 3, 5, 4}, 1, 1, Factors::kNone);
  scene.grid.sigma[2] = 2;
  Forms<float> forms(scene.shape());
  scene.image[60 + 2 * 15 + 1 * 5 + 4] = 1e9f;
  CHECK_TRUE(Run(scene, &forms).find(
                 "image[1, 2, 1, 4] = [1e+09] with sigma_xyz = [8, 8, 2] and "
                 "sigma_color = 16") != std::string::npos);
}

}  // namespace
}  // namespace rloss

int main() {
  using namespace rloss;
  CHECK_TRUE(std::strcmp(platform, "CUDA") == 0);
  CHECK_TRUE(std::strcmp(call_name, kFormsCall) == 0);
  GivesTheFormsOfTheLauncher<float>({2, 21, 33}, Factors::kMask, false);
  GivesTheFormsOfTheLauncher<float>({2, 21, 33}, Factors::kNone, true);
  GivesTheFormsOfTheLauncher<double>({2, 21, 33}, Factors::kAny, false);
  GivesTheFormsOfTheLauncher<float>({2, 11, 7, 5}, Factors::kMask, true);
  SaysWhichVoxelIsWrong();
  SaysWhatIsWrong();
  return Report("bilateral_forms_ffi_cuda_test");
}
