#include "lattice_builder.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "../../lattice/self_affinity.h"
#include "arrays.h"

namespace rloss {
namespace gpu {
namespace {

// If tables were too small, those of the next attempt are so many times larger.
constexpr uint64_t kGrowth = 8;
// A photograph at usual bandwidths has a vertex for every twenty points.
constexpr uint64_t kPointsPerSlot = 4;
constexpr uint64_t kRowsPerPoint = 2;
constexpr uint64_t kLeastSlots = 4096;
// If a search takes more steps, the table counts as too small, unless it is of
// the largest size.
constexpr uint32_t kMaxProbes = 128;

uint64_t PowerOfTwo(uint64_t least) {
  uint64_t power = 1;
  while (power < least) power *= 2;
  return power;
}

Scales ScalesOf(int dim, bool equalized) {
  Scales scales{};
  for (int i = 1; i <= dim; ++i) {
    scales.of_axis[i] =
        (dim + 1) * std::sqrt(2.0 / 3.0) / std::sqrt(double(i) * (i + 1));
    if (equalized) scales.of_axis[i] *= kFiner;
  }
  scales.equalized = equalized;
  return scales;
}

// Returns the number of blocks that have `count` threads together.
uint64_t Blocks(uint64_t count) { return (count + kThreads - 1) / kThreads; }

uint64_t TilesOf(const Problem& problem) {
  return (problem.points + uint64_t{kTilePoints} - 1) / kTilePoints;
}

// Returns the number of entries: each place in a tile has dim + 1 of them.
uint64_t EntriesOf(const Problem& problem) {
  return problem.images * TilesOf(problem) * kTilePoints *
         (problem.program.dim + 1);
}

}  // namespace

// Rows and slots are numbered with 32 bits, and slots are at most four times as
// many as rows.
bool FitsDevice(const Problem& problem) {
  return EntriesOf(problem) <= std::numeric_limits<uint32_t>::max() / 4;
}

LatticeBuilder::LatticeBuilder(const Problem& problem, const void* features,
                               Device* device, Allocate keep,
                               Allocate temporary)
    : problem_(problem),
      features_(features),
      device_(device),
      keep_(std::move(keep)),
      temporary_(std::move(temporary)) {}

Error LatticeBuilder::Start(Counters* counters) {
  const uint64_t tiles = TilesOf(problem_);
  const uint64_t entries = EntriesOf(problem_);
  if (!FitsDevice(problem_)) {
    return "`features` has too many points for one call on a GPU: batch times "
           "points times (features + 1) must be below 2^30. Received batch=" +
           std::to_string(problem_.images) +
           ", points=" + std::to_string(problem_.points) +
           ", features=" + std::to_string(problem_.program.dim) +
           ". Filter fewer images at a time.";
  }
  lattice_.problem = problem_;
  lattice_.shape = {static_cast<uint64_t>(problem_.points),
                    static_cast<uint32_t>(problem_.images),
                    static_cast<uint32_t>(tiles)};
  LatticeView& view = lattice_.view;
  Arrays kept;
  kept.Add(&view.entries, entries);
  kept.AddBytes(&view.weights, entries * RealBytes(problem_.program.type));
  kept.Add(&view.tile_rows, problem_.images * tiles);
  kept.Add(&view.counters, 1);
  RLOSS_RETURN_IF_ERROR(kept.AllocateBy(keep_));
  return Attempt(counters);
}

Error LatticeBuilder::Attempt(Counters* counters) {
  const Shape& shape = lattice_.shape;
  const int dim = problem_.program.dim;
  const bool wide = dim > 5;
  const uint64_t most_rows =
      uint64_t{shape.tiles} * kTilePoints * (dim + 1);  // in an image
  const uint64_t most_slots = PowerOfTwo(most_rows * 4 / 3);
  uint64_t slots =
      std::max(kLeastSlots, PowerOfTwo(shape.points / kPointsPerSlot));
  for (int i = 0; i < attempt_; ++i) slots *= kGrowth;
  slots = std::min(slots, most_slots);
  const uint64_t rows =
      shape.images * (attempt_ == 0
                          ? std::min(most_rows, kLeastSlots +
                                                    kRowsPerPoint * shape.points)
                          : most_rows);
  scratch_ = Scratch{};
  scratch_.features = features_;
  scratch_.slots = static_cast<uint32_t>(slots);
  scratch_.row_capacity = static_cast<uint32_t>(rows);
  scratch_.max_probes = static_cast<uint32_t>(
      slots == most_slots ? slots : std::min<uint64_t>(slots, kMaxProbes));

  const uint64_t all_slots = shape.images * slots;
  Arrays arrays;
  arrays.AddBytes(&scratch_.table, all_slots * (wide ? 4 : 8));
  arrays.AddBytes(&scratch_.key_of_row, wide ? rows * 16 : 0);
  arrays.Add(&scratch_.rows_in_slot, all_slots);
  arrays.Add(&scratch_.vertex_of_slot, all_slots);
  arrays.Add(&scratch_.slot_of_vertex, std::min(rows, all_slots));
  arrays.Add(&scratch_.slot_of_row, rows);
  arrays.Add(&scratch_.arrival_of_row, rows);
  arrays.Add(&scratch_.tile_of_row, rows);
  arrays.Add(&scratch_.span_of_row, rows);
  RLOSS_RETURN_IF_ERROR(arrays.AllocateBy(temporary_));

  void* arguments[] = {&lattice_.shape, &lattice_.view, &scratch_, nullptr};
  // Each thread takes a few slots; the first block also looks for the width.
  const Grid blocks{std::min<uint64_t>(Blocks(all_slots / 8) + 1, 4096)};
  RLOSS_RETURN_IF_ERROR(device_->Launch(problem_.program, Kernel::kPrepare,
                                        blocks, arguments));

  Scales scales = ScalesOf(dim, problem_.equalized);
  arguments[3] = &scales;
  const Grid tiles{uint64_t{shape.images} * shape.tiles};
  RLOSS_RETURN_IF_ERROR(
      device_->Launch(problem_.program, Kernel::kEmbed, tiles, arguments));
  return device_->ReadBack(lattice_.view.counters, sizeof(Counters), counters);
}

Error LatticeBuilder::Finish(Counters* counters, Outcome* outcome) {
  if (counters->fault != kNoFault) {
    const int64_t point = static_cast<int64_t>(counters->fault / 2);
    fault_.image = point / problem_.points;
    fault_.point = point % problem_.points;
    fault_.out_of_range = counters->fault % 2 == kOutOfRange;
    *outcome = Outcome::kFault;
    return {};
  }
  if (counters->overflow != 0) {
    ++attempt_;
    *outcome = Outcome::kAgain;
    return Attempt(counters);
  }

  const int dim = problem_.program.dim;
  LatticeView& view = lattice_.view;
  view.rows = counters->rows;
  view.vertices = counters->vertices;
  view.width = counters->width;
  // Each long list has more than kLongList of the rows.
  const uint64_t most_long = view.rows / kLongList;
  Arrays kept;
  kept.Add(&view.span_of_row, view.rows);
  kept.Add(&view.vertex_of_row, view.rows);
  kept.Add(&view.list_of_vertex, view.vertices);
  kept.Add(&view.rows_of_vertex, view.rows);
  kept.Add(&view.long_vertices, most_long);
  kept.Add(&view.neighbours, uint64_t{view.vertices} * (dim + 1));
  RLOSS_RETURN_IF_ERROR(kept.AllocateBy(keep_));
  Arrays temporary;
  temporary.Add(&scratch_.arrived_rows, view.rows);
  RLOSS_RETURN_IF_ERROR(temporary.AllocateBy(temporary_));

  void* all[] = {&lattice_.shape, &view, &scratch_, nullptr};
  RLOSS_RETURN_IF_ERROR(device_->Launch(problem_.program,
                                        Kernel::kNumberVertices,
                                        {Blocks(view.vertices)}, all));
  Grid grid{Blocks(view.rows)};
  RLOSS_RETURN_IF_ERROR(
      device_->Launch(problem_.program, Kernel::kListRows, grid, all + 1));
  uint32_t long_blocks = LongBlocks(view);
  all[3] = &long_blocks;
  grid.x += long_blocks;
  *outcome = Outcome::kDone;
  return device_->Launch(problem_.program, Kernel::kSortRows, grid, all);
}

uint32_t LongBlocks(const LatticeView& lattice) {
  return std::min<uint32_t>(lattice.rows / kLongList, 1024);
}

}  // namespace gpu
}  // namespace rloss
