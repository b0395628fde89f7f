// Tests that the quadratic forms do not depend on threads and that they agree
// with each other. Tests in Python compare them with the filter.
#include <cmath>
#include <vector>

#include "batch.h"
#include "test_support.h"

namespace rloss {
namespace {

struct Result {
  std::vector<float> filtered, degrees, within, degree, total, gradient;
};

// The problem has two images of 130 x 301 pixels, which make three strips, in 6
// colours, 9 channels, and a region of interest.
constexpr BatchShape kShape{2, 130 * 301, 9, 8};

Result RunForms(const std::vector<float>& values, int threads) {
  const int64_t points = kShape.images * kShape.points;
  const auto image = Normal<float>(points * 6, 40, 1);
  auto region = Normal<float>(points, 1, 2);
  for (float& r : region) r = r > 0;
  const int64_t sums = kShape.images * kShape.channels;
  Result r{std::vector<float>(points * kShape.channels),
           std::vector<float>(points),
           std::vector<float>(sums),
           std::vector<float>(sums),
           std::vector<float>(kShape.images),
           std::vector<float>(points * kShape.channels)};
  Pool<FilterScratch<float>> pool;
  const BatchError error = FormsBatch<float>(
      values.data(), {image.data(), UniformGrid(2, 130, 301, 6, 50, 60)},
      region.data(), kShape, Threads(threads), &pool,
      {r.filtered.data(), r.degrees.data(), r.within.data(), r.degree.data(),
       r.total.data()});
  CHECK_TRUE(error.ok());
  MixFormsBatch<float>({r.filtered.data(), r.degrees.data(), r.within.data(),
                        r.degree.data()},
                       kShape, Threads(threads), r.gradient.data());
  return r;
}

void ThreadsDoNotChangeTheBits(const std::vector<float>& values) {
  const Result one = RunForms(values, 1);
  for (int threads : {2, 3, 8}) {
    const Result many = RunForms(values, threads);
    CHECK_TRUE(SameBits(one.filtered, many.filtered));
    CHECK_TRUE(SameBits(one.degrees, many.degrees));
    CHECK_TRUE(SameBits(one.within, many.within));
    CHECK_TRUE(SameBits(one.degree, many.degree));
    CHECK_TRUE(SameBits(one.total, many.total));
    CHECK_TRUE(SameBits(one.gradient, many.gradient));
  }
}

// Sums over the vertices, without slicing, and sums over the sliced points
// differ only by the rounding of 39,130 products.
void SumsOnTheLatticeAreThoseOverThePoints(const std::vector<float>& values) {
  const Result r = RunForms(values, 1);
  for (int64_t i = 0; i < kShape.images; ++i) {
    for (int c = 0; c < kShape.channels; ++c) {
      double within = 0, degree = 0, size = 0;
      for (int64_t p = i * kShape.points; p < (i + 1) * kShape.points; ++p) {
        const double value = values[p * kShape.channels + c];
        within += value * r.filtered[p * kShape.channels + c];
        degree += value * r.degrees[p];
        size += std::abs(value * r.degrees[p]);
      }
      const int64_t sum = i * kShape.channels + c;
      CHECK_TRUE(std::abs(within - r.within[sum]) <= 1e-5 * size);
      CHECK_TRUE(std::abs(degree - r.degree[sum]) <= 1e-5 * size);
    }
  }
}

}  // namespace
}  // namespace rloss

int main() {
  using namespace rloss;
  const auto values =
      Normal<float>(kShape.images * kShape.points * kShape.channels, 1, 3);
  ThreadsDoNotChangeTheBits(values);
  SumsOnTheLatticeAreThoseOverThePoints(values);
  return Report("forms_test");
}
