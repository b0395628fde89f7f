// Tests of the lattice: the reverse order is the adjoint, threads and batches
// do not change the bits, bad features are refused. Tests in Python compare its
// values with a plain reference.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "batch.h"
#include "strips.h"
#include "test_support.h"
#include "vertex_key.h"

namespace rloss {
namespace {

template <typename Real>
std::vector<Real> Filter(const std::vector<Real>& values,
                         const std::vector<Real>& features, BatchShape shape,
                         BlurOrder order, int threads = 1) {
  Pool<FilterScratch<Real>> pool;
  std::vector<Real> output(values.size());
  const BatchError error =
      FilterBatch(values.data(), features.data(), shape, order,
                  Threads(threads), &pool, output.data());
  CHECK_TRUE(error.ok());
  return output;
}

template <typename Real>
double Dot(const std::vector<Real>& a, const std::vector<Real>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += double(a[i]) * double(b[i]);
  return sum;
}

template <typename Real>
void ReverseOrderIsTheAdjoint(bool equalized, double tolerance) {
  for (int dim = 1; dim <= kMaxDim; ++dim) {
    const BatchShape shape{1, 700, 3, dim, equalized};
    const auto features = Normal<Real>(shape.points * dim, 1.5, dim);
    const auto x = Normal<Real>(shape.points * 3, 1, 10 + dim);
    const auto y = Normal<Real>(shape.points * 3, 1, 20 + dim);
    const double scale = std::sqrt(Dot(x, x) * Dot(y, y));
    const auto wx = Filter(x, features, shape, BlurOrder::kForward);
    const auto wty = Filter(y, features, shape, BlurOrder::kReverse);
    CHECK_TRUE(std::abs(Dot(y, wx) - Dot(wty, x)) <= tolerance * scale);
    const auto sx = Filter(x, features, shape, BlurOrder::kSymmetric);
    const auto sy = Filter(y, features, shape, BlurOrder::kSymmetric);
    CHECK_TRUE(std::abs(Dot(y, sx) - Dot(sy, x)) <= tolerance * scale);
    // The symmetric filter is the mean of both orders.
    const auto wtx = Filter(x, features, shape, BlurOrder::kReverse);
    double difference = 0;
    for (size_t i = 0; i < sx.size(); ++i) {
      difference += std::abs(sx[i] - (wx[i] + wtx[i]) / 2);
    }
    CHECK_TRUE(difference / sx.size() <= tolerance);
  }
}

// Tests points at distances of one, so that all vertices around the middle one
// exist and the lattice has no gaps there.
template <int D>
void EqualizedPointsHaveAnAffinityOfOneWithThemselves() {
  constexpr int kSide = 9;
  int64_t points = 1;
  for (int i = 0; i < D; ++i) points *= kSide;
  std::vector<double> features = Normal<double>(points * D, 0.2, D);
  for (int64_t p = 0; p < points; ++p) {
    int64_t place = p;
    for (int i = 0; i < D; ++i, place /= kSide) {
      features[p * D + i] += static_cast<double>(place % kSide);
    }
  }
  const auto with_itself = [&](int64_t point, bool equalized) {
    std::vector<double> values(points);
    values[point] = 1;
    return Filter(values, features, {1, points, 1, D, equalized},
                  BlurOrder::kForward)[point];
  };
  double least = 1;
  const int64_t middle = points / 2;
  for (int64_t p = middle - 1; p <= middle + 1; ++p) {
    CHECK_TRUE(std::abs(with_itself(p, true) - 1) < 1e-14);
    least = std::min(least, with_itself(p, false));
  }
  CHECK_TRUE(least < 0.95);  // on the usual lattice it is not one
}

void StripsAreWholeBlocksOfAboutTheSameSize() {
  for (const int64_t points :
       {1, 15, 16, 17, 16384, 16385, 103041, 131072, 131073, 263169, 524288,
        524289, 1050625, 4198401, 1 << 30}) {
    const Strips strips(points);
    CHECK_TRUE(strips.begin(0) == 0 && strips.end(strips.count - 1) == points);
    CHECK_TRUE(strips.size <= Strips::kMostPoints);
    for (int64_t s = 0; s < strips.count; ++s) {
      CHECK_TRUE(strips.begin(s) < strips.end(s));
      CHECK_TRUE(strips.begin(s) % kBlock == 0);
      if (s > 0) CHECK_TRUE(strips.begin(s) == strips.end(s - 1));
    }
    // Two threads get equal shares, except for the rounding to whole blocks.
    const int64_t half = strips.begin(strips.count / 2);
    if (strips.count % 2 == 0) {
      CHECK_TRUE(std::abs(points - 2 * half) <= kBlock * strips.count);
    }
  }
  CHECK_TRUE(Strips(263169).count == 8);
  CHECK_TRUE(Strips(0).count == 0);
}

void ThreadsDoNotChangeTheBits() {
  // The cases have several strips, a batch that runs in parallel over images,
  // and odd sizes.
  for (const BatchShape shape : {BatchShape{1, 140001, 21, 5},
                                 BatchShape{5, 3001, 2, 5},
                                 BatchShape{3, 17000, 7, 6, true}}) {
    const int64_t points = shape.images * shape.points;
    const auto features = Normal<float>(points * shape.dim, 2, 1);
    const auto values = Normal<float>(points * shape.channels, 1, 2);
    const auto one = Filter(values, features, shape, BlurOrder::kSymmetric, 1);
    for (int threads : {2, 3, 8}) {
      CHECK_TRUE(SameBits(one, Filter(values, features, shape,
                                      BlurOrder::kSymmetric, threads)));
    }
  }
}

void ImagesOrStripsKeepThreadsBusy() {
  const auto most_at_once = [](int64_t images, int64_t points, int threads) {
    int64_t tasks = 0;
    const Parallel parallel(threads, [&](int64_t count,
                                         const Parallel::Task& task) {
      tasks = std::max(tasks, count);
      for (int64_t i = 0; i < count; ++i) task(i);
    });
    ForImages({images, points, 1, 5}, parallel,
              [&](int64_t, const Parallel& inner) {
                inner.For(Strips(points).count, [](int64_t) {});
              });
    return tasks;
  };
  CHECK_TRUE(most_at_once(12, 9216, 2) == 12);    // small images: 1 strip each
  CHECK_TRUE(most_at_once(2, 263169, 10) == 8);   // few images: 8 strips each
  CHECK_TRUE(most_at_once(12, 263169, 16) == 12);
  CHECK_TRUE(most_at_once(12, 263169, 4) == 8);
  CHECK_TRUE(most_at_once(1, 263169, 16) == 8);
}

void BatchEqualsSingleImages() {
  const BatchShape shape{3, 1001, 5, 5};
  const auto features = Normal<float>(3 * 1001 * 5, 2, 1);
  const auto values = Normal<float>(3 * 1001 * 5, 1, 2);
  const auto batch = Filter(values, features, shape, BlurOrder::kForward);
  for (int i = 0; i < 3; ++i) {
    auto part = [i](const std::vector<float>& all) {
      return std::vector<float>(all.begin() + i * 5005,
                                all.begin() + (i + 1) * 5005);
    };
    CHECK_TRUE(SameBits(part(batch),
                        Filter(part(values), part(features),
                               BatchShape{1, 1001, 5, 5},
                               BlurOrder::kForward)));
  }
}

void ReusedMemoryDoesNotChangeTheBits() {
  Pool<FilterScratch<float>> pool;
  std::vector<float> first;
  // The cases are large, small, wide, and the first again, on the same scratch.
  for (const BatchShape shape :
       {BatchShape{1, 40000, 9, 5}, BatchShape{1, 7, 2, 3},
        BatchShape{1, 500, 30, 8}, BatchShape{1, 40000, 9, 5}}) {
    const auto features = Normal<float>(shape.points * shape.dim, 2, 3);
    const auto values = Normal<float>(shape.points * shape.channels, 1, 4);
    std::vector<float> output(values.size());
    CHECK_TRUE(FilterBatch(values.data(), features.data(), shape,
                           BlurOrder::kSymmetric, Parallel(), &pool,
                           output.data())
                   .ok());
    if (first.empty()) first = output;
    if (shape.points == 40000) CHECK_TRUE(SameBits(first, output));
  }
}

void KeptLatticeFiltersLikeAFreshOne() {
  const BatchShape shape{2, 20000, 6, 5};
  const auto features = Normal<float>(2 * 20000 * 5, 2, 1);
  Pool<Workspace<float>> pool;
  std::vector<Lattice<float>> lattices;
  CHECK_TRUE(BuildBatch(features.data(), shape, Threads(2), &pool, &lattices)
                 .ok());
  for (int seed : {2, 3}) {
    const auto values = Normal<float>(2 * 20000 * 6, 1, seed);
    std::vector<float> output(values.size());
    FilterBatchOn(lattices, values.data(), shape, BlurOrder::kReverse,
                  Threads(2), &pool, output.data());
    CHECK_TRUE(SameBits(output, Filter(values, features, shape,
                                       BlurOrder::kReverse)));
  }
}

void BadFeaturesAreFound() {
  const BatchShape shape{2, 40000, 1, 5};
  const std::vector<float> values(2 * 40000, 1.0f);
  Pool<FilterScratch<float>> pool;
  std::vector<float> output(values.size());
  auto run = [&](float bad, int64_t image, int64_t point) {
    std::vector<float> features(2 * 40000 * 5, 0.5f);
    features[(image * 40000 + point) * 5 + 4] = bad;
    features.back() = bad;  // a later fault, which is not the one named
    return FilterBatch(values.data(), features.data(), shape,
                       BlurOrder::kForward, Threads(2), &pool, output.data());
  };
  for (int64_t point : {0, 15, 16, 13344, 39998}) {
    BatchError error = run(std::numeric_limits<float>::quiet_NaN(), 1, point);
    CHECK_TRUE(error.error.kind == FeatureError::Kind::kNotFinite);
    CHECK_TRUE(error.image == 1 && error.error.point == point);
    error = run(-1e20f, 0, point);
    CHECK_TRUE(error.error.kind == FeatureError::Kind::kOutOfRange);
    CHECK_TRUE(error.image == 0 && error.error.point == point);
  }
}

void KeysOfNeighboursDifferAndReturn() {
  // A step along each axis leads back to the start, because steps sum to zero.
  using Key = VertexKey<5>;
  Key::Word start = 0;
  for (int i = 0; i < 5; ++i) start += Key::Word(Key::kBias + i) << (4 + i * 12);
  Key::Word key = start;
  for (int axis = 0; axis <= 5; ++axis) {
    CHECK_TRUE(Key::Neighbour(key, axis) != key);
    key = Key::Neighbour(key, axis);
  }
  CHECK_TRUE(key == start);
}

}  // namespace
}  // namespace rloss

int main() {
  using namespace rloss;
  // The sums have 2,100 products, each of which float32 rounds to 6e-8.
  for (const bool equalized : {false, true}) {
    ReverseOrderIsTheAdjoint<float>(equalized, 1e-5);
    ReverseOrderIsTheAdjoint<double>(equalized, 1e-13);
  }
  EqualizedPointsHaveAnAffinityOfOneWithThemselves<1>();
  EqualizedPointsHaveAnAffinityOfOneWithThemselves<2>();
  EqualizedPointsHaveAnAffinityOfOneWithThemselves<3>();
  EqualizedPointsHaveAnAffinityOfOneWithThemselves<5>();
  StripsAreWholeBlocksOfAboutTheSameSize();
  ThreadsDoNotChangeTheBits();
  ImagesOrStripsKeepThreadsBusy();
  BatchEqualsSingleImages();
  ReusedMemoryDoesNotChangeTheBits();
  KeptLatticeFiltersLikeAFreshOne();
  BadFeaturesAreFound();
  KeysOfNeighboursDifferAndReturn();
  return Report("lattice_test");
}
