// Tests how the GPU's kernels, run on this processor, build lattices: they are
// those of the CPU, bad features are found, tables grow when they are too
// small, the launches are as few as expected, and lattices can be kept.
#include <algorithm>
#include <limits>
#include <numeric>
#include <random>
#include <set>

#include "../kernels/point_order.h"
#include "../on_cpu/filter_on_shim.h"

namespace rloss {
namespace gpu {
namespace shim {
namespace {

// Builds a lattice of points in memory that stays until the end of the test.
struct Built {
  ShimDevice device;
  ShimMemory kept, temporary;
  ShimBuild build;

  Built(const BatchShape& shape, ValueType type, const void* features)
      : device(RunOptions{}),
        build(shape, type, features, &device, &kept, &temporary) {}
  const LatticeView& view() const { return build.builder.lattice().view; }
};

template <typename Real>
int64_t CpuVertices(const std::vector<Real>& features,
                    const BatchShape& shape) {
  Pool<Workspace<Real>> pool;
  std::vector<Lattice<Real>> lattices;
  CHECK_TRUE(
      BuildBatch(features.data(), shape, Parallel(), &pool, &lattices).ok());
  int64_t vertices = 0;
  for (const auto& lattice : lattices) vertices += lattice.vertices();
  return vertices;
}

void LatticeHasTheVerticesOfTheCpus() {
  for (int dim = 1; dim <= 8; ++dim) {
    const BatchShape shape{3, 500, 0, dim};
    const auto features = Normal<float>(3 * 500 * dim, 3, dim);
    const Built built(shape, ValueType::kFloat, features.data());
    CHECK_TRUE(built.view().vertices == CpuVertices(features, shape));
  }
}

void TilesOfAnImageAreSquarePieces() {
  const int height = 65, width = 67, points = height * width;
  const auto features = ImageFeatures(1, height, width, 10, 15);
  const Built image({1, points, 0, 5}, ValueType::kFloat, features.data());
  CHECK_TRUE(image.view().width == width);
  // In another order the same points are no raster and share fewer vertices.
  std::vector<int> order(points);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937(1));
  std::vector<float> mixed;
  for (const int point : order) {
    mixed.insert(mixed.end(), &features[point * 5], &features[point * 5] + 5);
  }
  const Built cloud({1, points, 0, 5}, ValueType::kFloat, mixed.data());
  CHECK_TRUE(cloud.view().width == 0);
  CHECK_TRUE(cloud.view().vertices == image.view().vertices);
  CHECK_TRUE(2 * image.view().rows < cloud.view().rows);
}

void PiecesHoldEveryPointOnce() {
  for (const uint32_t width : {2u, 7u, 8u, 9u, 33u, 64u}) {
    for (const uint32_t height : {1u, 15u, 16u, 17u, 40u}) {
      std::set<uint32_t> seen;
      for (uint32_t i = 0; i < width * height; ++i) {
        seen.insert(PointAt(i, width * height, width));
      }
      CHECK_TRUE(seen.size() == width * height);
      CHECK_TRUE(*seen.rbegin() == width * height - 1);
    }
  }
}

void RowsAreListedInTheOrderOfTiles() {
  // One vertex list longer than kLongList, and many short ones.
  const int height = 90, width = 101, points = height * width;
  for (const double sigma : {1e5, 8.0}) {
    const auto features = ImageFeatures(2, height, width, sigma, sigma);
    const Built built({2, points, 0, 5}, ValueType::kFloat, features.data());
    const LatticeView& view = built.view();
    std::vector<uint32_t> tile_of_row(view.rows);
    const uint32_t tiles = 2 * built.build.builder.lattice().shape.tiles;
    for (uint32_t tile = 0; tile < tiles; ++tile) {
      const TileRows rows = view.tile_rows[tile];
      for (uint32_t i = 0; i < rows.count; ++i) {
        tile_of_row[rows.first + i] = tile;
      }
    }
    uint64_t listed = 0, long_lists = 0, wrong = 0;
    for (uint32_t v = 0; v < view.vertices; ++v) {
      const TileRows list = view.list_of_vertex[v];
      listed += list.count;
      long_lists += list.count > kLongList;
      for (uint32_t i = 0; i < list.count; ++i) {
        const uint32_t row = view.rows_of_vertex[list.first + i];
        wrong += view.vertex_of_row[row] != v;
        if (i == 0) continue;
        const uint32_t before = view.rows_of_vertex[list.first + i - 1];
        wrong += tile_of_row[before] >= tile_of_row[row];
      }
    }
    CHECK_TRUE(wrong == 0 && listed == view.rows);
    CHECK_TRUE(view.counters->long_vertices == long_lists);
    CHECK_TRUE((long_lists > 0) == (sigma > 1000));
  }
}

void TablesGrowWhenTheyAreTooSmall() {
  for (const int dim : {3, 5, 7}) {
    // The points are far from each other, so each has D + 1 own vertices.
    const BatchShape shape{2, 3000, 2, dim};
    const auto features = Normal<float>(2 * 3000 * dim, 60, dim);
    const auto values = Normal<float>(2 * 3000 * 2, 1, 1);
    Built built(shape, ValueType::kFloat, features.data());
    CHECK_TRUE(built.build.attempts > 1);
    CHECK_TRUE(built.device.read_backs() == built.build.attempts);
    CHECK_TRUE(built.temporary.Intact());
    CHECK_TRUE(built.view().vertices == CpuVertices(features, shape));
    const auto order = BlurOrder::kSymmetric;
    const auto actual = FilterOnLattice(built.build.builder.lattice(), values,
                                        2, order, &built.device);
    CHECK_TRUE(RelativeError(actual,
                             FilterOnCpu(values, features, shape, order)) <=
               1e-5);
  }
}

template <typename Real>
void BadFeaturesAreFound(ValueType type) {
  const BatchShape shape{3, 300, 1, 5};
  const Real nan = std::numeric_limits<Real>::quiet_NaN();
  const Real infinity = std::numeric_limits<Real>::infinity();
  for (const Real bad : {nan, infinity, -infinity, Real(-1e20), Real(5e4)}) {
    for (const int point : {0, 127, 128, 299}) {
      std::vector<Real> features(3 * 300 * 5, Real(0.5));
      features[(300 + point) * 5 + 4] = bad;
      features.back() = bad;  // a later fault, which is not the one named
      const Built built(shape, type, features.data());
      CHECK_TRUE(built.build.outcome == LatticeBuilder::Outcome::kFault);
      const PointFault& fault = built.build.builder.fault();
      CHECK_TRUE(fault.image == 1 && fault.point == point);
      CHECK_TRUE(fault.out_of_range == std::isfinite(bad));
      CHECK_TRUE(built.kept.Intact() && built.temporary.Intact());
    }
  }
}

void TooManyPointsAreRefused() {
  ShimDevice device{RunOptions{}};
  ShimMemory memory;
  LatticeBuilder builder({16, 1 << 24, {5, ValueType::kFloat}}, nullptr,
                         &device, memory.allocate(), memory.allocate());
  Counters counters;
  CHECK_TRUE(builder.Start(&counters).find("must be below 2^30. Received "
                                           "batch=16") != Error::npos);
  CHECK_TRUE(memory.bytes() == 0 && device.launched().empty());
}

void MissingMemoryIsAnError() {
  ShimDevice device{RunOptions{}};
  ShimMemory memory;
  const auto features = Normal<float>(500, 1, 1);
  const auto none = [](size_t) -> void* { return nullptr; };
  Counters counters;
  LatticeBuilder builder({1, 100, {5, ValueType::kFloat}}, features.data(),
                         &device, memory.allocate(), none);
  CHECK_TRUE(builder.Start(&counters).find("MB of GPU memory") != Error::npos);
}

void OneFilterIsElevenLaunchesAndOneReadBack() {
  const BatchShape shape{4, 700, 3, 5};
  const auto features = Normal<float>(4 * 700 * 5, 0.1, 1);
  const auto values = Normal<float>(4 * 700 * 3, 1, 2);
  Built built(shape, ValueType::kFloat, features.data());
  const std::vector<Kernel> building = {
      Kernel::kPrepare, Kernel::kEmbed, Kernel::kNumberVertices,
      Kernel::kListRows, Kernel::kSortRows};
  CHECK_TRUE(built.device.launched() == building);
  FilterOnLattice(built.build.builder.lattice(), values, 3,
                  BlurOrder::kSymmetric, &built.device);
  std::vector<Kernel> all = building;
  for (const Kernel kernel :
       {Kernel::kSplat, Kernel::kCombine, Kernel::kBlurTwo, Kernel::kBlurTwo,
        Kernel::kBlurTwo, Kernel::kSlice}) {
    all.push_back(kernel);
  }
  CHECK_TRUE(built.device.launched() == all);
  CHECK_TRUE(built.device.read_backs() == 1);
}

void KeptLatticeFiltersLikeAFreshOne() {
  const BatchShape shape{2, 900, 6, 5};
  const auto features = Normal<float>(2 * 900 * 5, 2, 1);
  Built built(shape, ValueType::kFloat, features.data());
  for (const int seed : {2, 3}) {
    const auto values = Normal<float>(2 * 900 * 6, 1, seed);
    const auto order = BlurOrder::kReverse;
    CHECK_TRUE(SameBits(
        FilterOnLattice(built.build.builder.lattice(), values, 6, order,
                        &built.device),
        FilterOnShim(values, features, shape, order)));
  }
  // The lattice does not depend on the type of values, only on their Real.
  std::vector<Bfloat16> halves(2 * 900 * 6);
  for (auto& half : halves) FromReal(0.75f, &half);
  const auto order = BlurOrder::kForward;
  const auto kept = FilterOnLattice(built.build.builder.lattice(), halves, 6,
                                    order, &built.device);
  CHECK_TRUE(
      std::memcmp(kept.data(),
                  FilterOnShim(halves, features, shape, order).data(),
                  kept.size() * sizeof(Bfloat16)) == 0);
}

}  // namespace
}  // namespace shim
}  // namespace gpu
}  // namespace rloss

int main() {
  using namespace rloss::gpu::shim;
  LatticeHasTheVerticesOfTheCpus();
  TilesOfAnImageAreSquarePieces();
  PiecesHoldEveryPointOnce();
  RowsAreListedInTheOrderOfTiles();
  TablesGrowWhenTheyAreTooSmall();
  BadFeaturesAreFound<float>(rloss::gpu::ValueType::kFloat);
  BadFeaturesAreFound<double>(rloss::gpu::ValueType::kDouble);
  TooManyPointsAreRefused();
  MissingMemoryIsAnError();
  OneFilterIsElevenLaunchesAndOneReadBack();
  KeptLatticeFiltersLikeAFreshOne();
  return rloss::Report("gpu/lattice_test");
}
