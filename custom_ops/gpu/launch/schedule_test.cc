// Tests that the bits are the same in whatever order threads and blocks run.
//
// Some of these tests run each thread of the GPU as a thread of the processor,
// so that a build with -fsanitize=thread finds data races. `schedule_test
// threads` runs only those, without a slow one that `schedule_test long` runs.
// `schedule_test race` has a data race, to show that it would be found.
#include <random>
#include <string>

#include "../on_cpu/cuda_words.h"
// The kernels' text comes after the words of CUDA.
#include "../kernels/connect.h"
#include "../on_cpu/filter_on_shim.h"
#include "../on_cpu/forms_on_shim.h"

namespace rloss {
namespace gpu {
namespace shim {
namespace {

RunOptions Fibers(uint64_t seed, int blocks_at_once) {
  return {Schedule::kFibers, seed, blocks_at_once};
}

// A picture with vertices that are in more than kLongList tiles.
struct Scene {
  BatchShape shape{2, 95 * 90, 2, 5};
  std::vector<float> features = ImageFeatures(2, 95, 90, 300, 40);
  std::vector<float> values = Normal<float>(2 * 95 * 90 * 2, 1, 1);
};

void OrderOfThreadsDoesNotChangeTheBits() {
  const Scene scene;
  const auto order = BlurOrder::kSymmetric;
  const auto one = FilterOnShim(scene.values, scene.features, scene.shape,
                                order, Fibers(1, 1));
  for (const uint64_t seed : {2, 3, 4}) {
    CHECK_TRUE(SameBits(one, FilterOnShim(scene.values, scene.features,
                                          scene.shape, order,
                                          Fibers(seed, 1 + 2 * seed))));
  }
}

void OrderOfThreadsDoesNotChangeTheBitsOfWideKeys() {
  const BatchShape shape{2, 500, 3, 7};
  const auto features = Normal<double>(2 * 500 * 7, 1, 1);
  const auto values = Normal<double>(2 * 500 * 3, 1, 2);
  const auto order = BlurOrder::kReverse;
  const auto one = FilterOnShim(values, features, shape, order, Fibers(1, 1));
  for (const uint64_t seed : {2, 3}) {
    CHECK_TRUE(SameBits(
        one, FilterOnShim(values, features, shape, order, Fibers(seed, 5))));
  }
}

void TooSmallTablesDoNotChangeTheBits() {
  const BatchShape shape{1, 2000, 2, 5};
  const auto features = Normal<float>(2000 * 5, 30, 1);
  const auto values = Normal<float>(2000 * 2, 1, 2);
  const auto order = BlurOrder::kForward;
  const auto one = FilterOnShim(values, features, shape, order, Fibers(1, 1));
  for (const uint64_t seed : {2, 3}) {
    CHECK_TRUE(SameBits(
        one, FilterOnShim(values, features, shape, order, Fibers(seed, 7))));
  }
}

void LongListsAreSortedAcrossWindows() {
  // There are more tiles than one window has bits. No test has enough points
  // for that, so this one makes the lists itself.
  const uint32_t tiles = 3 * kWindow / 2, rows = 3000;
  std::vector<uint32_t> tile_of_row(tiles);
  for (uint32_t i = 0; i < tiles; ++i) tile_of_row[i] = i;
  std::shuffle(tile_of_row.begin(), tile_of_row.end(), std::mt19937(1));
  tile_of_row.resize(rows);
  std::vector<uint64_t> arrived;
  for (uint32_t row = 0; row < rows; ++row) {
    arrived.push_back(uint64_t{tiles + tile_of_row[row]} << 32 | row);
  }
  std::vector<uint32_t> rows_of_vertex(rows, kMissing);
  TileRows list{0, rows};
  uint32_t slot = 256;  // of the second image
  LatticeView lattice{};
  lattice.list_of_vertex = &list;
  lattice.rows_of_vertex = rows_of_vertex.data();
  Scratch scratch{};
  scratch.arrived_rows = arrived.data();
  scratch.slot_of_vertex = &slot;
  scratch.slots = 256;
  Index one;
  one.x = one.y = one.z = 1;
  RunGrid(one, kThreads, Fibers(1, 1), [&] {
    RLOSS_SHARED(TileSet, set);
    SortLongList(Shape{uint64_t{tiles} * kTilePoints, 2, tiles}, lattice,
                 scratch, 0, &set);
  });
  uint32_t wrong = 0;
  for (uint32_t i = 1; i < rows; ++i) {
    wrong += tile_of_row[rows_of_vertex[i - 1]] >= tile_of_row[rows_of_vertex[i]];
  }
  CHECK_TRUE(wrong == 0);
}

// Runs each thread of the GPU as a thread of the processor, two blocks at once.
template <typename Real>
void ThreadsDoNotRace(const BatchShape& shape,
                      const std::vector<Real>& features, double tolerance) {
  const auto values =
      Normal<Real>(shape.images * shape.points * shape.channels, 1, 2);
  const auto order = BlurOrder::kSymmetric;
  const auto expected = FilterOnCpu(values, features, shape, order);
  const RunOptions threads{Schedule::kThreads, 1, 2};
  CHECK_TRUE(RelativeError(FilterOnShim(values, features, shape, order, threads),
                           expected) <= tolerance);
}

void ThreadsOfTheFormsDoNotRace() {
  const FormsScene<float> scene({2, 9, 31}, 2, 3, Factors::kMask);
  const Forms<float> fibers = FormsOnShim(scene);
  CHECK_TRUE(fibers.SameBitsAs(FormsOnShim(scene, {Schedule::kThreads, 1, 2})));
}

// Each thread reads what its neighbour wrote, with no barrier between.
void RaceOnPurpose() {
  Index one;
  one.x = one.y = one.z = 1;
  std::vector<uint32_t> read(kThreads);
  RunGrid(one, kThreads, {Schedule::kThreads, 1, 1}, [&] {
    RLOSS_SHARED(TileSet, set);
    set.counts[threadIdx.x] = threadIdx.x;
    read[threadIdx.x] = set.counts[(threadIdx.x + 1) % kThreads];
  });
}

}  // namespace
}  // namespace shim
}  // namespace gpu
}  // namespace rloss

int main(int count, char** arguments) {
  using namespace rloss;
  using namespace rloss::gpu::shim;
  const std::string chosen = count > 1 ? arguments[1] : "";
  if (chosen == "race") RaceOnPurpose();
  if (chosen.empty()) {
    OrderOfThreadsDoesNotChangeTheBits();
    OrderOfThreadsDoesNotChangeTheBitsOfWideKeys();
    TooSmallTablesDoNotChangeTheBits();
    LongListsAreSortedAcrossWindows();
  }
  if (chosen != "long") {
    ThreadsDoNotRace<float>({2, 13 * 20, 3, 5},
                            ImageFeatures(2, 13, 20, 8, 15), 1e-5);
    // Here keys have two words, and tiles share vertices.
    ThreadsDoNotRace<double>({1, 600, 2, 7}, Normal<double>(600 * 7, 0.3, 1),
                             1e-13);
    // Here the first tables are too small.
    ThreadsDoNotRace<float>({1, 1500, 1, 3}, Normal<float>(1500 * 3, 100, 1),
                            1e-5);
    ThreadsOfTheFormsDoNotRace();
  }
  if (chosen != "threads") {
    // Here lists are so long that whole blocks take them.
    ThreadsDoNotRace<float>({1, 66 * 128, 1, 1},
                            std::vector<float>(66 * 128, 0.25f), 1e-5);
  }
  return Report("gpu/schedule_test");
}
