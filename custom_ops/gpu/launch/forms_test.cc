// Tests that the GPU's kernels of the quadratic forms, run on this processor,
// give the CPU's results.
#include "../on_cpu/forms_on_shim.h"

namespace rloss {
namespace gpu {
namespace shim {
namespace {

// All values are positive, so nothing cancels in the sums.
template <typename Real>
void AgreesWithTheCpu(const FormsScene<Real>& scene, double tolerance) {
  const Forms<Real> expected = FormsOnCpu(scene);
  const Forms<Real> actual = FormsOnShim(scene);
  CHECK_TRUE(RelativeError(actual.filtered, expected.filtered) <= tolerance);
  CHECK_TRUE(RelativeError(actual.degrees, expected.degrees) <= tolerance);
  CHECK_TRUE(RelativeError(actual.gradient, expected.gradient) <= tolerance);
  for (const auto sums : {&Forms<Real>::within, &Forms<Real>::degree,
                          &Forms<Real>::total}) {
    const std::vector<Real>& wanted = expected.*sums;
    for (size_t i = 0; i < wanted.size(); ++i) {
      CHECK_TRUE(std::abs(double((actual.*sums)[i]) - wanted[i]) <=
                 tolerance * std::abs(double(wanted[i])));
    }
  }
}

template <typename Real>
void AgreesForAllSizes(double tolerance) {
  struct Case {
    ImageSizes sizes;
    int channels, colours;
    Factors factors;
  };
  for (const Case& c : {
           Case{{1, 1, 1}, 1, 3, Factors::kNone},   // one pixel
           Case{{1, 1, 1}, 3, 3, Factors::kMask},
           Case{{3, 13, 17}, 3, 3, Factors::kMask},  // a batch of odd images
           Case{{2, 1, 129}, 4, 3, Factors::kMask},  // one line
           Case{{2, 40, 1}, 2, 1, Factors::kNone},   // one column, one colour
           Case{{1, 16, 8}, 7, 2, Factors::kMask},   // one whole tile
           Case{{2, 19, 14}, 8, 6, Factors::kMask},  // the widest keys
           Case{{1, 33, 21}, 5, 3, Factors::kAny},
           Case{{1, 1, 1, 1}, 2, 1, Factors::kNone},  // volumes: one voxel
           Case{{2, 9, 11, 7}, 3, 1, Factors::kMask},  // odd sizes
           Case{{1, 1, 5, 60}, 4, 3, Factors::kAny},   // the deepest
           Case{{2, 8, 5, 6}, 2, 5, Factors::kMask},   // the widest keys
       }) {
    FormsScene<Real> scene(c.sizes, c.channels, c.colours, c.factors);
    for (int i = 0; i < scene.grid.dim(); ++i) {
      scene.grid.sigma[i] += i;  // no two are equal
    }
    AgreesWithTheCpu(scene, tolerance);
    scene.equalized = 1;
    AgreesWithTheCpu(scene, tolerance);
  }
}

void AgreesForAllNumbersOfChannels() {
  for (const int channels : {1, 2, 3, 4, 15, 16, 17, 21, 31, 32, 150}) {
    AgreesWithTheCpu(
        FormsScene<float>({1, 11, 13}, channels, 3, Factors::kMask), 1e-5);
  }
}

// More than kLongList tiles share their vertices.
void AgreesWhereListsAreLong() {
  AgreesWithTheCpu(
      FormsScene<float>({1, 95, 90}, 2, 3, Factors::kMask, 300, 400), 1e-5);
}

// This runs in double, which shows the order of the sums, and in float.
template <typename Real>
void OrderOfThreadsDoesNotChangeTheBits() {
  const FormsScene<Real> scene({2, 37, 41}, 3, 3, Factors::kMask);
  const Forms<Real> one = FormsOnShim(scene, {Schedule::kFibers, 1, 1});
  for (const uint64_t seed : {2, 3, 4}) {
    CHECK_TRUE(one.SameBitsAs(FormsOnShim(
        scene, {Schedule::kFibers, seed, static_cast<int>(1 + 2 * seed)})));
  }
}

void ImagesOfABatchAreIndependent() {
  const FormsScene<double> batch({3, 20, 15}, 5, 3, Factors::kMask);
  const Forms<double> together = FormsOnShim(batch);
  for (int image = 0; image < 3; ++image) {
    CHECK_TRUE(together.Image(image, 3).SameBitsAs(
        FormsOnShim(batch.Image(image))));
  }
}

void ChannelsAreIndependent() {
  const FormsScene<double> scene({1, 30, 30}, 18, 3, Factors::kMask);
  const Forms<double> together = FormsOnShim(scene);
  for (const int channel : {0, 17}) {
    const Forms<double> alone = FormsOnShim(scene.Channel(channel));
    CHECK_TRUE(SameBits(alone.total, together.total));
    CHECK_TRUE(SameBits(alone.degrees, together.degrees));
    CHECK_TRUE(alone.within[0] == together.within[channel]);
    CHECK_TRUE(alone.degree[0] == together.degree[channel]);
  }
}

void NothingComesFromOutsideTheRegion() {
  FormsScene<float> scene({2, 12, 12}, 2, 3, Factors::kMask);
  const Forms<float> before = FormsOnShim(scene);
  for (size_t i = 0; i < scene.region.size(); ++i) {
    if (scene.region[i] == 0) scene.values[2 * i] += 100;
  }
  CHECK_TRUE(before.SameBitsAs(FormsOnShim(scene)));
}

void FormsAreFourteenLaunchesAndTheirGradientOne() {
  const FormsScene<float> scene({4, 20, 20}, 3, 3, Factors::kMask);
  ShimDevice device{RunOptions{}};
  FormsOnDevice(scene, &device);
  const std::vector<Kernel> all = {
      Kernel::kMakeFeatures, Kernel::kPrepare,  Kernel::kEmbed,
      Kernel::kNumberVertices, Kernel::kListRows, Kernel::kSortRows,
      Kernel::kSplatForms,   Kernel::kCombine,  Kernel::kBlurTwo,
      Kernel::kBlurTwo,      Kernel::kBlurTwo,  Kernel::kSumTiles,
      Kernel::kSumImages,    Kernel::kSliceForms, Kernel::kMixForms};
  CHECK_TRUE(device.launched() == all);
  CHECK_TRUE(device.read_backs() == 1);
}

void TooManyPixelsAreRefused() {
  ShimDevice device{RunOptions{}};
  const ImageBatch batch{nullptr, 16, 1 << 24,
                         UniformGrid(2, 4096, 4096, 3, 1, 1),
                         ValueType::kFloat};
  CHECK_TRUE(LaunchFeatures(batch, &device, nullptr)
                 .find("must be below 2^30. Received batch=16") !=
             Error::npos);
  CHECK_TRUE(device.launched().empty());
}

}  // namespace
}  // namespace shim
}  // namespace gpu
}  // namespace rloss

int main() {
  using namespace rloss::gpu::shim;
  AgreesForAllSizes<float>(1e-5);
  AgreesForAllSizes<double>(1e-12);
  AgreesForAllNumbersOfChannels();
  AgreesWhereListsAreLong();
  OrderOfThreadsDoesNotChangeTheBits<float>();
  OrderOfThreadsDoesNotChangeTheBits<double>();
  ImagesOfABatchAreIndependent();
  ChannelsAreIndependent();
  NothingComesFromOutsideTheRegion();
  FormsAreFourteenLaunchesAndTheirGradientOne();
  TooManyPixelsAreRefused();
  return rloss::Report("gpu/forms_test");
}
