// Runs the lattice on random problems: no points and few points, odd sizes,
// extreme numbers, all types, all dimensions, several threads. The result must
// not depend on threads, batches or reused memory. If all points lie in one
// place, it is the exact sum times one factor, the affinity of a point with
// itself.
//
// In the environment RLOSS_FUZZ_CASES is the number of problems and
// RLOSS_FUZZ_SEED the seed of the first.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "batch.h"
#include "mean_field.h"
#include "test_support.h"
#include "vertex_key.h"

namespace rloss {
namespace {

int FromEnvironment(const char* name, int usual) {
  const char* text = std::getenv(name);
  return text == nullptr ? usual : std::atoi(text);
}

class Random {
 public:
  explicit Random(int seed) : engine_(seed) {}
  int64_t Int(int64_t least, int64_t most) {
    return std::uniform_int_distribution<int64_t>(least, most)(engine_);
  }
  double Normal() { return std::normal_distribution<double>(0, 1)(engine_); }
  bool OneIn(int count) { return Int(1, count) == 1; }

 private:
  std::mt19937 engine_;
};

enum class Numbers { kUsual, kTies, kHuge, kDenormal, kZero, kBad, kCount };

template <typename Real>
std::vector<Real> Draw(int64_t count, Numbers kind, Random* random) {
  using Limits = std::numeric_limits<Real>;
  std::vector<Real> numbers(count);
  for (Real& number : numbers) {
    double drawn = random->Normal();
    if (kind == Numbers::kTies) drawn = std::round(drawn);
    if (kind == Numbers::kHuge) drawn *= 1e30;
    if (kind == Numbers::kDenormal) drawn *= Limits::min() / 16;
    if (kind == Numbers::kZero) drawn = 0;
    if (kind == Numbers::kBad && random->OneIn(20)) {
      drawn = random->OneIn(2) ? Limits::quiet_NaN() : Limits::infinity();
    }
    number = static_cast<Real>(drawn);
  }
  return numbers;
}

// Returns a number of points that usually fills no whole block or strip. Now
// and then there are several strips.
int64_t DrawPoints(Random* random) {
  if (random->OneIn(40)) return random->Int(16380, 40000);
  if (random->OneIn(3)) return random->Int(1, 3);
  return random->Int(1, 400);
}

template <typename Real>
BatchShape DrawShape(Random* random) {
  BatchShape shape;
  shape.images = random->OneIn(8) ? 0 : random->Int(1, 3);
  shape.points = DrawPoints(random);
  shape.channels = static_cast<int>(random->Int(1, 23));
  shape.dim = static_cast<int>(random->Int(1, kMaxDim));
  shape.equalized = random->OneIn(3);
  return shape;
}

// Returns whether all numbers are equal, or both NaN: the bits of a NaN depend
// on the order of a sum.
template <typename Real>
bool Same(const std::vector<Real>& a, const std::vector<Real>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && !(std::isnan(a[i]) && std::isnan(b[i]))) return false;
  }
  return a.size() == b.size();
}

template <typename Real>
void FilterCase(Random* random) {
  const BatchShape shape = DrawShape<Real>(random);
  const int64_t points = shape.images * shape.points;
  const auto kind = static_cast<Numbers>(random->Int(0, int(Numbers::kCount) - 1));
  const double spread = std::vector<double>{1e-3, 0.5, 3, 50}[random->Int(0, 3)];
  std::vector<Real> features =
      Draw<Real>(points * shape.dim, Numbers::kUsual, random);
  for (Real& feature : features) feature *= static_cast<Real>(spread);
  const int64_t faulty =
      points > 0 && random->OneIn(6) ? random->Int(0, points - 1) : -1;
  if (faulty >= 0) {
    const Real bad[] = {std::numeric_limits<Real>::quiet_NaN(),
                        std::numeric_limits<Real>::infinity(), Real(-1e30),
                        std::numeric_limits<Real>::max()};
    features[faulty * shape.dim + random->Int(0, shape.dim - 1)] =
        bad[random->Int(0, 3)];
  }
  const std::vector<Real> values =
      Draw<Real>(points * shape.channels, kind, random);
  const auto order = static_cast<BlurOrder>(random->Int(0, 2));

  Pool<FilterScratch<Real>> pool;
  std::vector<Real> one(values.size()), many(values.size());
  const BatchError error = FilterBatch(values.data(), features.data(), shape,
                                       order, Parallel(), &pool, one.data());
  const int threads = static_cast<int>(random->Int(2, 4));
  const BatchError again =
      FilterBatch(values.data(), features.data(), shape, order,
                  Threads(threads), &pool, many.data());
  CHECK_TRUE(error.ok() == again.ok());
  CHECK_TRUE(error.ok() == (faulty < 0));
  if (!error.ok()) {
    CHECK_TRUE(error.image == faulty / shape.points);
    CHECK_TRUE(error.error.point == faulty % shape.points);
    return;
  }
  CHECK_TRUE(Same(one, many));
  if (shape.points == 0) return;

  // A lattice that is kept gives the same result.
  Pool<Workspace<Real>> workspaces;
  std::vector<Lattice<Real>> lattices;
  CHECK_TRUE(BuildBatch(features.data(), shape, Parallel(), &workspaces,
                        &lattices)
                 .ok());
  FilterBatchOn(lattices, values.data(), shape, order, Threads(threads),
                &workspaces, many.data());
  CHECK_TRUE(Same(one, many));

  if (kind == Numbers::kZero) {
    for (const Real result : one) CHECK_TRUE(result == 0);
  }
}

// Puts all points in one place. Then W has the same value, above 0 and at most
// 1, for any two of them, and each result is the exact sum of all values times
// that value.
template <typename Real>
void TogetherCase(Random* random) {
  BatchShape shape = DrawShape<Real>(random);
  shape.images = 1;
  shape.points = random->Int(1, 300);
  const auto place = Draw<Real>(shape.dim, Numbers::kUsual, random);
  std::vector<Real> features;
  for (int64_t p = 0; p < shape.points; ++p) {
    features.insert(features.end(), place.begin(), place.end());
  }
  auto values =
      Draw<Real>(shape.points * shape.channels, Numbers::kUsual, random);
  for (int64_t p = 0; p < shape.points; ++p) values[p * shape.channels] = 1;
  Pool<FilterScratch<Real>> pool;
  std::vector<Real> output(values.size());
  CHECK_TRUE(FilterBatch(values.data(), features.data(), shape,
                         BlurOrder::kSymmetric, Parallel(), &pool,
                         output.data())
                 .ok());
  const double epsilon = std::numeric_limits<Real>::epsilon();
  const double affinity = double(output[0]) / shape.points;
  CHECK_TRUE(affinity > 0 && affinity < 1 + 300 * epsilon);
  for (int c = 0; c < shape.channels; ++c) {
    double sum = 0, size = 0;
    for (int64_t p = 0; p < shape.points; ++p) {
      sum += values[p * shape.channels + c];
      size += std::abs(values[p * shape.channels + c]);
    }
    // The sums round some hundred times.
    const double tolerance = 600 * epsilon * size;
    for (int64_t p = 0; p < shape.points; ++p) {
      const double expected = affinity * sum;
      const double found = output[p * shape.channels + c];
      CHECK_TRUE(std::abs(found - expected) <= tolerance);
    }
  }
}

template <typename Real>
void FormsCase(Random* random) {
  BatchShape shape = DrawShape<Real>(random);
  const int axes = static_cast<int>(random->Int(2, 3));
  const int colours = static_cast<int>(random->Int(1, kMaxDim - axes));
  const int64_t width = random->Int(1, std::min<int64_t>(shape.points, 40));
  const int64_t rows = shape.points / width;
  const int64_t height = axes == 2 ? rows : random->Int(1, rows);
  shape.points = rows / height * height * width;
  const int64_t points = shape.images * shape.points;
  std::vector<Real> image = Draw<Real>(points * colours, Numbers::kUsual, random);
  for (Real& colour : image) colour = std::abs(colour) * 60;
  const float sigmas[] = {0.7f, 3, 80, 1e8f, 1e30f};
  ImageGrid grid{axes, height, width, colours};
  shape.dim = grid.dim();
  for (float& sigma : grid.sigma) sigma = sigmas[random->Int(0, 4)];
  Real largest = static_cast<Real>(std::max(width, rows));
  for (const Real colour : image) largest = std::max(largest, colour);
  largest /= *std::min_element(grid.sigma, grid.sigma + grid.dim());
  if (largest > MaxFeature(shape.dim)) return;  // The lattice may refuse them.
  const auto kind = static_cast<Numbers>(random->Int(0, int(Numbers::kCount) - 1));
  const auto values = Draw<Real>(points * shape.channels, kind, random);
  std::vector<Real> region(points);
  for (Real& inside : region) inside = random->OneIn(2) ? 1 : 0;
  const Real* masked = random->OneIn(2) ? region.data() : nullptr;

  const auto run = [&](const Parallel& parallel) {
    const int64_t sums = shape.images * shape.channels;
    std::vector<std::vector<Real>> r = {
        std::vector<Real>(values.size()), std::vector<Real>(points),
        std::vector<Real>(sums), std::vector<Real>(sums),
        std::vector<Real>(shape.images), std::vector<Real>(values.size())};
    Pool<FilterScratch<Real>> pool;
    const BatchError error = FormsBatch<Real>(
        values.data(), {image.data(), grid}, masked, shape, parallel, &pool,
        {r[0].data(), r[1].data(), r[2].data(), r[3].data(), r[4].data()});
    CHECK_TRUE(error.ok());
    MixFormsBatch<Real>({r[0].data(), r[1].data(), r[2].data(), r[3].data()},
                        shape, parallel, r[5].data());
    return r;
  };
  const auto one = run(Parallel());
  const auto many = run(Threads(static_cast<int>(random->Int(2, 4))));
  for (size_t i = 0; i < one.size(); ++i) CHECK_TRUE(Same(one[i], many[i]));
}

template <typename Real>
void UpdateCase(Random* random) {
  BatchShape shape = DrawShape<Real>(random);
  const int64_t points = shape.images * shape.points;
  const auto features =
      Draw<Real>(points * shape.dim, Numbers::kUsual, random);
  Pool<Workspace<Real>> workspaces;
  std::vector<Lattice<Real>> lattices;
  CHECK_TRUE(
      BuildBatch(features.data(), shape, Parallel(), &workspaces, &lattices)
          .ok());
  const auto kind = static_cast<Numbers>(random->Int(0, int(Numbers::kCount) - 1));
  const auto logits = Draw<Real>(points * shape.channels, kind, random);
  const auto values =
      Draw<Real>(points * shape.channels, Numbers::kUsual, random);
  const auto scales = Draw<Real>(points, Numbers::kUsual, random);
  const std::vector<Messages<Real>> messages = {
      {&lattices, values.data(), scales.data(), scales.data()}};
  const auto run = [&](const Parallel& parallel) {
    Pool<UpdateScratch<Real>> scratch;
    std::vector<Real> probs(values.size());
    UpdateBatch<Real>(logits.data(), messages, shape, parallel, &scratch,
                      probs.data());
    return probs;
  };
  const auto one = run(Parallel());
  CHECK_TRUE(Same(one, run(Threads(static_cast<int>(random->Int(2, 4))))));
  if (kind == Numbers::kBad || kind == Numbers::kHuge) return;
  for (int64_t p = 0; p < points; ++p) {
    double sum = 0;
    for (int c = 0; c < shape.channels; ++c) sum += one[p * shape.channels + c];
    CHECK_TRUE(std::abs(sum - 1) < 1e-4);
  }
}

template <typename Real>
void Case(int seed) {
  Random random(seed);
  switch (random.Int(0, 3)) {
    case 0:
      return FilterCase<Real>(&random);
    case 1:
      return TogetherCase<Real>(&random);
    case 2:
      return FormsCase<Real>(&random);
    default:
      return UpdateCase<Real>(&random);
  }
}

}  // namespace
}  // namespace rloss

int main() {
  using namespace rloss;
  const int first = FromEnvironment("RLOSS_FUZZ_SEED", 0);
  const int cases = FromEnvironment("RLOSS_FUZZ_CASES", 300);
  for (int seed = first; seed < first + cases; ++seed) {
    const int before = failures;
    seed % 2 == 0 ? Case<float>(seed) : Case<double>(seed);
    if (failures > before) std::printf("in case %d\n", seed);
  }
  return Report("fuzz_test");
}
