// Tests that the GPU's kernels, run on this processor, filter like the CPU's,
// for all types, dimensions, sizes, channels and orders.
#include "../on_cpu/filter_on_shim.h"

namespace rloss {
namespace gpu {
namespace shim {
namespace {

template <typename Real>
void AgreesInAllDimensions(double tolerance) {
  for (int dim = 1; dim <= 8; ++dim) {
    BatchShape shape{2, 301, 3, dim};
    const auto features = Normal<Real>(2 * 301 * dim, 1.5, dim);
    const auto values = Normal<Real>(2 * 301 * 3, 1, 10 + dim);
    for (const BlurOrder order : kOrders) {
      for (const bool equalized : {false, true}) {
        shape.equalized = equalized;
        CHECK_TRUE(RelativeError(FilterOnShim(values, features, shape, order),
                                 FilterOnCpu(values, features, shape, order)) <=
                   tolerance);
      }
    }
  }
}

void AgreesForAllNumbersOfPoints() {
  for (const int points : {1, 2, 3, 127, 128, 129, 640}) {
    for (const int dim : {2, 5}) {
      const BatchShape shape{3, points, 4, dim};
      const auto features = Normal<float>(3 * points * dim, 2, points);
      const auto values = Normal<float>(3 * points * 4, 1, dim);
      const auto order = BlurOrder::kSymmetric;
      CHECK_TRUE(RelativeError(FilterOnShim(values, features, shape, order),
                               FilterOnCpu(values, features, shape, order)) <=
                 1e-5);
    }
  }
}

void AgreesForAllNumbersOfChannels() {
  const int points = 200;
  const auto features = Normal<float>(points * 5, 1, 1);
  for (const int channels : {1, 2, 3, 5, 8, 16, 21, 32, 127, 128, 129, 150}) {
    const BatchShape shape{1, points, channels, 5};
    const auto values = Normal<float>(points * channels, 1, channels);
    const auto order = BlurOrder::kForward;
    CHECK_TRUE(RelativeError(FilterOnShim(values, features, shape, order),
                             FilterOnCpu(values, features, shape, order)) <=
               1e-5);
  }
}

void AgreesOnImages() {
  struct Case {
    int images, height, width;
    double sigma_xy, sigma_color;
  };
  for (const Case& c : {Case{1, 47, 33, 20, 15}, Case{2, 16, 8, 100, 15},
                        Case{1, 17, 9, 3, 5}, Case{1, 1, 300, 30, 15},
                        Case{1, 300, 1, 30, 15}, Case{1, 97, 87, 1e6, 1e6}}) {
    const int points = c.height * c.width;
    const BatchShape shape{c.images, points, 3, 5};
    const auto features =
        ImageFeatures(c.images, c.height, c.width, c.sigma_xy, c.sigma_color);
    const auto values = Normal<float>(c.images * points * 3, 1, points);
    ShimDevice device{RunOptions{}};
    ShimMemory kept, temporary;
    const ShimBuild build(shape, ValueType::kFloat, features.data(), &device,
                          &kept, &temporary);
    for (const BlurOrder order : kOrders) {
      CHECK_TRUE(RelativeError(FilterOnLattice(build.builder.lattice(), values,
                                               3, order, &device),
                               FilterOnCpu(values, features, shape, order)) <=
                 1e-5);
    }
  }
}

// Numbers are rounded to these types before the filter and in its output, but
// nowhere in between.
template <typename Value>
void HalfTypesRoundOnlyTheOutput(double resolution) {
  const BatchShape shape{1, 301, 5, 5};
  const auto features = Normal<float>(301 * 5, 1, 1);
  const auto numbers = Normal<float>(301 * 5, 1, 2);
  std::vector<Value> values(numbers.size());
  std::vector<float> rounded;
  for (size_t i = 0; i < numbers.size(); ++i) {
    FromReal(std::abs(numbers[i]), &values[i]);
    rounded.push_back(ToReal(values[i]));
  }
  const auto order = BlurOrder::kSymmetric;
  const auto actual = FilterOnShim(values, features, shape, order);
  const auto expected = FilterOnCpu(rounded, features, shape, order);
  for (size_t i = 0; i < expected.size(); ++i) {
    CHECK_TRUE(std::abs(ToReal(actual[i]) - expected[i]) <=
               resolution * std::abs(expected[i]));
  }
}

void SixteenBitNumbersConvertAndReturn() {
  int different = 0;
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const Half half{static_cast<uint16_t>(bits)};
    Half again;
    FromReal(ToReal(half), &again);
    const bool nan = (bits & 0x7fff) > 0x7c00;
    different += nan ? (again.bits & 0x7fff) <= 0x7c00 : again.bits != bits;
    const Bfloat16 brain{static_cast<uint16_t>(bits)};
    Bfloat16 brain_again;
    FromReal(ToReal(brain), &brain_again);
    const bool brain_nan = (bits & 0x7fff) > 0x7f80;
    different += brain_nan ? (brain_again.bits & 0x7fff) <= 0x7f80
                           : brain_again.bits != bits;
  }
  CHECK_TRUE(different == 0);
  const struct {
    float number;
    uint16_t bits;
  } rounded[] = {{65519.0f, 0x7bff}, {65520.0f, 0x7c00}, {-1e9f, 0xfc00},
                 {1.00048828125f, 0x3c00},   // a tie, to even
                 {1.00146484375f, 0x3c02},   // a tie, to even
                 {5.9604645e-8f, 0x0001}, {2.9802322e-8f, 0x0000},
                 {6.1035156e-5f, 0x0400}};
  for (const auto& pair : rounded) {
    Half half;
    FromReal(pair.number, &half);
    CHECK_TRUE(half.bits == pair.bits);
  }
}

void ChannelsAreFilteredIndependently() {
  // More than kLongList tiles share their vertices, so there are long lists.
  const int height = 95, width = 90, channels = 17;
  const int points = height * width;
  const auto features = ImageFeatures(1, height, width, 1e4, 1e4);
  const auto values = Normal<float>(points * channels, 1, 1);
  const auto together = FilterOnShim(values, features, {1, points, channels, 5},
                                     BlurOrder::kForward);
  for (const int channel : {0, 16}) {
    std::vector<float> alone, expected;
    for (int p = 0; p < points; ++p) {
      alone.push_back(values[p * channels + channel]);
      expected.push_back(together[p * channels + channel]);
    }
    CHECK_TRUE(SameBits(expected, FilterOnShim(alone, features, {1, points, 1, 5},
                                               BlurOrder::kForward)));
  }
}

}  // namespace
}  // namespace shim
}  // namespace gpu
}  // namespace rloss

int main() {
  using namespace rloss::gpu::shim;
  // Vertices and weights are the same; only the order of float sums differs.
  AgreesInAllDimensions<float>(1e-5);
  AgreesInAllDimensions<double>(1e-13);
  AgreesForAllNumbersOfPoints();
  AgreesForAllNumbersOfChannels();
  AgreesOnImages();
  // The error is at most half of the distance to the next number, and a little
  // more because of float sums.
  HalfTypesRoundOnlyTheOutput<rloss::gpu::Half>(0.51 * std::pow(2.0, -10));
  HalfTypesRoundOnlyTheOutput<rloss::gpu::Bfloat16>(0.51 * std::pow(2.0, -7));
  SixteenBitNumbersConvertAndReturn();
  ChannelsAreFilteredIndependently();
  return rloss::Report("gpu/filter_test");
}
