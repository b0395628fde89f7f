#include "filter_launcher.h"

#include <cmath>
#include <string>

#include "arrays.h"

namespace rloss {
namespace gpu {
namespace {

constexpr int64_t kMaxChannels = 1 << 20;

// Of the values on vertices: where they are splatted, and where the orders of
// the blur alternate.
constexpr int kBuffers = 4;

uint32_t PacksOf(uint32_t channels) {
  return (channels + kPackChannels - 1) / kPackChannels;
}

// Blocks of kThreads that `PlaceOf` gives each its vertices.
Grid VertexGrid(uint32_t vertices, uint32_t channels) {
  const uint32_t packs = PacksOf(channels);
  Grid grid;
  if (packs > kThreads) {
    grid.x = vertices;
    grid.y = (packs + kThreads - 1) / kThreads;
  } else {
    const uint32_t of_block = kThreads / packs;
    grid.x = (vertices + of_block - 1) / of_block;
  }
  return grid;
}

// What the CPU's filter multiplies by.
double Gain(int dim, ValueType type, bool symmetric) {
  const double mean = symmetric ? 0.5 : 1.0;  // of both orders
  if (type == ValueType::kDouble) {
    return mean / (1 + std::pow(2.0, double(-dim)));
  }
  return mean * (1.0f / (1 + std::pow(2.0f, float(-dim))));
}

// Blurs buffers[0] along all axes, two at a time; returns the buffer with the
// result, both orders summed if `order` asks for both.
Error Blur(const LatticeView& view, const Program& program, uint32_t channels,
           BlurOrder order, Device* device, void* const (&buffers)[kBuffers],
           const void** blurred) {
  const int axes = program.dim + 1;
  const bool symmetric = order == BlurOrder::kSymmetric;
  const void* source[2] = {buffers[0], buffers[0]};
  // The forward order moves between the first two buffers, the reverse one
  // between the others; splatted values are needed only in the first pass.
  int target[2] = {1, 2};
  for (int done = 0; done < axes; done += 2) {
    const int depth = axes - done >= 2 ? 2 : 1;
    BlurPass pass{};
    pass.orders = symmetric ? 2 : 1;
    pass.sum = symmetric && done + depth == axes;
    for (int i = 0; i < pass.orders; ++i) {
      const bool reverse = symmetric ? i == 1 : order == BlurOrder::kReverse;
      pass.axis[i] = reverse ? axes - 1 - done : done;
      pass.step[i] = reverse ? -1 : 1;
      pass.source[i] = source[i];
      pass.target[i] = buffers[target[i]];
      source[i] = buffers[target[i]];
      target[i] = i == 0 ? 1 - target[i] : 5 - target[i];
    }
    Grid grid = VertexGrid(view.vertices, channels);
    if (symmetric && !pass.sum) grid.z = 2;
    LatticeView lattice = view;
    void* arguments[] = {&lattice, &pass, &channels};
    const Error error = device->Launch(
        program, depth == 2 ? Kernel::kBlurTwo : Kernel::kBlurOne, grid,
        arguments);
    if (!error.empty()) return error;
  }
  *blurred = source[0];
  return {};
}

}  // namespace

Error LaunchFilter(const BuiltLattice& lattice, ValueType type,
                   const void* values, int64_t channels, BlurOrder order,
                   Device* device, const Allocate& temporary, void* output) {
  if (channels > kMaxChannels) {
    return "`values` has too many channels for a GPU: at most " +
           std::to_string(kMaxChannels) +
           ". Received channels=" + std::to_string(channels);
  }
  const Program program{lattice.problem.program.dim, type};
  Shape shape = lattice.shape;
  LatticeView view = lattice.view;
  const bool symmetric = order == BlurOrder::kSymmetric;
  uint32_t width = static_cast<uint32_t>(channels);
  const uint64_t row_bytes =
      uint64_t{PacksOf(width)} * kPackChannels * RealBytes(type);
  void* rows = nullptr;
  void* buffers[kBuffers] = {};
  Arrays arrays;
  arrays.AddBytes(&rows, view.rows * row_bytes);
  for (int i = 0; i < (symmetric ? kBuffers : 2); ++i) {
    arrays.AddBytes(&buffers[i], view.vertices * row_bytes);
  }
  Error error = arrays.AllocateBy(temporary);
  if (!error.empty()) return error;

  Grid tiles;
  tiles.x = uint64_t{shape.images} * shape.tiles;
  void* splat[] = {&shape, &view, &values, &width, &rows};
  error = device->Launch(program, Kernel::kSplat, tiles, splat);
  if (!error.empty()) return error;

  uint32_t long_blocks = LongBlocks(view);
  Grid vertices = VertexGrid(view.vertices, width);
  vertices.x += long_blocks;
  void* combine[] = {&view, &rows, &width, &long_blocks, &buffers[0]};
  error = device->Launch(program, Kernel::kCombine, vertices, combine);
  if (!error.empty()) return error;

  const void* blurred = nullptr;
  error = Blur(view, program, width, order, device, buffers, &blurred);
  if (!error.empty()) return error;

  double gain = Gain(program.dim, type, symmetric);
  void* slice[] = {&shape, &view, &blurred, &width, &gain, &output};
  return device->Launch(program, Kernel::kSlice, tiles, slice);
}

}  // namespace gpu
}  // namespace rloss
