// Runs the GPU's filter on this processor, for several tests.
#ifndef RLOSS_GPU_ON_CPU_FILTER_ON_SHIM_H_
#define RLOSS_GPU_ON_CPU_FILTER_ON_SHIM_H_

#include <cmath>
#include <type_traits>
#include <vector>

#include "../../lattice/batch.h"
#include "../../lattice/test_support.h"
#include "../kernels/number_types.h"
#include "../launch/filter_launcher.h"
#include "shim_device.h"

namespace rloss {
namespace gpu {
namespace shim {

template <typename Value>
constexpr ValueType TypeOf() {
  if (std::is_same_v<Value, double>) return ValueType::kDouble;
  if (std::is_same_v<Value, Half>) return ValueType::kHalf;
  if (std::is_same_v<Value, Bfloat16>) return ValueType::kBfloat16;
  return ValueType::kFloat;
}

// Builds lattices as an op does: waits for the counters and finishes, or tries
// again with larger tables.
struct ShimBuild {
  LatticeBuilder builder;
  int attempts = 0;
  LatticeBuilder::Outcome outcome = LatticeBuilder::Outcome::kAgain;
  Counters counters{};

  ShimBuild(const BatchShape& shape, ValueType type, const void* features,
            Device* device, ShimMemory* kept, ShimMemory* temporary)
      : builder({shape.images,
                 shape.points,
                 {shape.dim, type},
                 shape.equalized},
                features, device, kept->allocate(), temporary->allocate()) {
    Error error = builder.Start(&counters);
    while (error.empty() && outcome == LatticeBuilder::Outcome::kAgain) {
      ++attempts;
      error = builder.Finish(&counters, &outcome);
    }
    if (!error.empty()) std::printf("%s\n", error.c_str());
    CHECK_TRUE(error.empty());
  }
};

template <typename Value>
std::vector<Value> FilterOnLattice(const BuiltLattice& lattice,
                                   const std::vector<Value>& values,
                                   int channels, BlurOrder order,
                                   Device* device) {
  std::vector<Value> output(values.size());
  std::memset(static_cast<void*>(output.data()), 0xA5,
              output.size() * sizeof(Value));
  ShimMemory temporary;
  const Error error =
      LaunchFilter(lattice, TypeOf<Value>(), values.data(), channels, order,
                   device, temporary.allocate(), output.data());
  CHECK_TRUE(error.empty());
  CHECK_TRUE(temporary.Intact());
  return output;
}

template <typename Value>
std::vector<Value> FilterOnShim(const std::vector<Value>& values,
                                const std::vector<RealOf<Value>>& features,
                                const BatchShape& shape, BlurOrder order,
                                const RunOptions& options = {}) {
  ShimDevice device(options);
  ShimMemory kept, temporary;
  const ShimBuild build(shape, TypeOf<Value>(), features.data(), &device,
                        &kept, &temporary);
  CHECK_TRUE(build.outcome == LatticeBuilder::Outcome::kDone);
  const auto output = FilterOnLattice(build.builder.lattice(), values,
                                      shape.channels, order, &device);
  CHECK_TRUE(kept.Intact() && temporary.Intact());
  return output;
}

template <typename Real>
std::vector<Real> FilterOnCpu(const std::vector<Real>& values,
                              const std::vector<Real>& features,
                              const BatchShape& shape, BlurOrder order) {
  Pool<FilterScratch<Real>> pool;
  std::vector<Real> output(values.size());
  CHECK_TRUE(FilterBatch(values.data(), features.data(), shape, order,
                         Parallel(), &pool, output.data())
                 .ok());
  return output;
}

template <typename Real>
double RelativeError(const std::vector<Real>& actual,
                     const std::vector<Real>& expected) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double d = double(actual[i]) - double(expected[i]);
    difference += d * d;
    norm += double(expected[i]) * double(expected[i]);
  }
  return std::sqrt(difference / norm);
}

// Returns features (x, y, r, g, b) of the pixels of a smooth picture with an
// edge.
inline std::vector<float> ImageFeatures(int images, int height, int width,
                                        double sigma_xy, double sigma_color) {
  std::vector<float> features;
  for (int i = 0; i < images; ++i) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const bool beyond = x + y > (i + 2) * width / 3;
        features.push_back(static_cast<float>(x / sigma_xy));
        features.push_back(static_cast<float>(y / sigma_xy));
        for (int c = 0; c < 3; ++c) {
          const double shade = 90 * std::sin(0.07 * (c + 1) * x + 0.05 * y);
          features.push_back(
              static_cast<float>((120 + shade * beyond + 9 * c) / sigma_color));
        }
      }
    }
  }
  return features;
}

constexpr BlurOrder kOrders[] = {BlurOrder::kForward, BlurOrder::kReverse,
                                 BlurOrder::kSymmetric};

}  // namespace shim
}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_ON_CPU_FILTER_ON_SHIM_H_
