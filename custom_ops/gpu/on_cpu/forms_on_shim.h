// Runs the GPU's quadratic forms on this processor, for several tests.
#ifndef RLOSS_GPU_ON_CPU_FORMS_ON_SHIM_H_
#define RLOSS_GPU_ON_CPU_FORMS_ON_SHIM_H_

#include <vector>

#include "../launch/forms_launcher.h"
#include "filter_on_shim.h"

namespace rloss {
namespace gpu {
namespace shim {

struct ImageSizes {
  int images, height, width;
  int depth = 0;  // of a volume; 0 for an image
  int axes() const { return depth == 0 ? 2 : 3; }
  int64_t points() const {
    return int64_t{height} * width * (depth == 0 ? 1 : depth);
  }
};

// The pixels' factors: none, zeros and ones, or any.
enum class Factors { kNone, kMask, kAny };

template <typename T>
std::vector<T> Part(const std::vector<T>& whole, int part, int parts) {
  const size_t size = whole.size() / parts;
  return {whole.begin() + part * size, whole.begin() + (part + 1) * size};
}

// Positive values on images or volumes that are noisy ramps, and the derivatives
// of a loss with respect to the forms.
template <typename Real>
struct FormsScene {
  ImageSizes sizes;
  int channels, colours;
  ImageGrid grid;
  int32_t equalized = 0;
  std::vector<Real> values, image, region, by_within, by_degree;

  FormsScene(const ImageSizes& sizes, int channels, int colours,
             Factors factors, float sigma_xyz = 8, float sigma_color = 16)
      : sizes(sizes),
        channels(channels),
        colours(colours),
        grid(UniformGrid(sizes.axes(), sizes.height, sizes.width, colours,
                         sigma_xyz, sigma_color)) {
    const int64_t pixels = sizes.images * sizes.points();
    values = Normal<Real>(pixels * channels, 1, 1);
    for (Real& value : values) value = std::abs(value);
    image = Normal<Real>(pixels * colours, 12, 2);
    for (int64_t i = 0; i < pixels * colours; ++i) {
      image[i] += Real(200.0 * (i / colours) / pixels);
    }
    if (factors != Factors::kNone) region = Normal<Real>(pixels, 1, 3);
    for (Real& r : region) {
      if (factors == Factors::kMask) r = r > Real(-0.3);
      if (factors == Factors::kAny) r = std::abs(r);
    }
    by_within = Normal<Real>(int64_t{sizes.images} * channels, 1, 4);
    by_degree = Normal<Real>(int64_t{sizes.images} * channels, 1, 5);
  }

  FormsScene Image(int i) const {
    FormsScene one = *this;
    one.sizes.images = 1;
    for (const auto numbers :
         {&FormsScene::values, &FormsScene::image, &FormsScene::region,
          &FormsScene::by_within, &FormsScene::by_degree}) {
      one.*numbers = Part(this->*numbers, i, sizes.images);
    }
    return one;
  }

  FormsScene Channel(int channel) const {
    FormsScene one = *this;
    one.channels = 1;
    for (const auto numbers : {&FormsScene::values, &FormsScene::by_within,
                               &FormsScene::by_degree}) {
      (one.*numbers).clear();
      for (size_t i = channel; i < (this->*numbers).size(); i += channels) {
        (one.*numbers).push_back((this->*numbers)[i]);
      }
    }
    return one;
  }

  BatchShape shape() const {
    return {sizes.images, sizes.points(), channels, grid.dim(),
            equalized != 0};
  }
  const Real* factors() const {
    return region.empty() ? nullptr : region.data();
  }
};

template <typename Real>
struct Forms {
  std::vector<Real> filtered, degrees, within, degree, total, gradient;

  explicit Forms(const BatchShape& shape)
      : filtered(shape.images * shape.points * shape.channels, Real(77)),
        degrees(shape.images * shape.points, Real(77)),
        within(shape.images * shape.channels, Real(77)),
        degree(within),
        total(shape.images, Real(77)),
        gradient(filtered) {}

  Forms Image(int i, int images) const {
    Forms one = *this;
    for (const auto numbers : All()) {
      one.*numbers = Part(this->*numbers, i, images);
    }
    return one;
  }
  bool SameBitsAs(const Forms& other) const {
    for (const auto numbers : All()) {
      if (!SameBits(this->*numbers, other.*numbers)) return false;
    }
    return true;
  }

 private:
  static std::vector<std::vector<Real> Forms::*> All() {
    return {&Forms::filtered, &Forms::degrees, &Forms::within,
            &Forms::degree,   &Forms::total,   &Forms::gradient};
  }
};

template <typename Real>
Forms<Real> FormsOnDevice(const FormsScene<Real>& scene, Device* device) {
  const BatchShape shape = scene.shape();
  const ImageBatch batch{scene.image.data(), shape.images,   shape.points,
                         scene.grid,         TypeOf<Real>(), shape.equalized};
  Forms<Real> forms(shape);
  ShimMemory kept, temporary;
  void* features = temporary.allocate()(batch.feature_bytes());
  Error error = LaunchFeatures(batch, device, features);
  CHECK_TRUE(error.empty());
  {
    const ShimBuild build(shape, batch.type, features, device, &kept,
                          &temporary);
    CHECK_TRUE(build.outcome == LatticeBuilder::Outcome::kDone);
    ShimMemory own;
    error = LaunchForms(build.builder.lattice(),
                        {scene.values.data(), scene.factors(),
                         static_cast<uint32_t>(scene.channels)},
                        device, own.allocate(),
                        {forms.filtered.data(), forms.degrees.data(),
                         forms.within.data(), forms.degree.data(),
                         forms.total.data()});
    CHECK_TRUE(error.empty());
    CHECK_TRUE(own.Intact());
  }
  CHECK_TRUE(kept.Intact() && temporary.Intact());
  error = LaunchMixForms({forms.filtered.data(), forms.degrees.data(),
                          scene.by_within.data(), scene.by_degree.data()},
                         batch.type, shape.images, shape.points,
                         shape.channels, device, forms.gradient.data());
  CHECK_TRUE(error.empty());
  return forms;
}

template <typename Real>
Forms<Real> FormsOnShim(const FormsScene<Real>& scene,
                        const RunOptions& options = {}) {
  ShimDevice device(options);
  return FormsOnDevice(scene, &device);
}

template <typename Real>
Forms<Real> FormsOnCpu(const FormsScene<Real>& scene) {
  const BatchShape shape = scene.shape();
  Forms<Real> forms(shape);
  Pool<FilterScratch<Real>> pool;
  const BatchError error = FormsBatch<Real>(
      scene.values.data(),
      {scene.image.data(), scene.grid}, scene.factors(), shape, Parallel(), &pool,
      {forms.filtered.data(), forms.degrees.data(), forms.within.data(),
       forms.degree.data(), forms.total.data()});
  CHECK_TRUE(error.ok());
  MixFormsBatch<Real>({forms.filtered.data(), forms.degrees.data(),
                       scene.by_within.data(), scene.by_degree.data()},
                      shape, Parallel(), forms.gradient.data());
  return forms;
}

}  // namespace shim
}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_ON_CPU_FORMS_ON_SHIM_H_
