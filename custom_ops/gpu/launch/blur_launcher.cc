#include "blur_launcher.h"

#include <cmath>
#include <string>

namespace rloss {
namespace gpu {
namespace {

constexpr int64_t kMaxChannels = 1 << 20;

uint32_t PacksOf(uint32_t channels) {
  return (channels + kPackChannels - 1) / kPackChannels;
}

// Returns the grid in which `PlaceOf` (kernels/combine.h) gives every thread a
// vertex and a pack.
Grid VertexGrid(uint32_t vertices, uint32_t channels) {
  const uint32_t packs = PacksOf(channels);
  if (packs > kThreads) return {vertices, (packs + kThreads - 1) / kThreads};
  const uint32_t of_block = kThreads / packs;
  return {(vertices + of_block - 1) / of_block};
}

}  // namespace

Error CheckChannels(int64_t channels) {
  if (channels <= kMaxChannels) return {};
  return "`values` has too many channels for a GPU: at most " +
         std::to_string(kMaxChannels) +
         ". Received channels=" + std::to_string(channels);
}

double Gain(int dim, ValueType type, bool symmetric) {
  const double mean = symmetric ? 0.5 : 1.0;  // both orders are summed
  if (type == ValueType::kDouble) {
    return mean / (1 + std::pow(2.0, double(-dim)));
  }
  return mean * (1.0f / (1 + std::pow(2.0f, float(-dim))));
}

void BlurBuffers::AddTo(Arrays* arrays, const LatticeView& lattice,
                        ValueType type, uint32_t channels, BlurOrder order,
                        bool keep_splatted) {
  const uint64_t row_bytes =
      uint64_t{PacksOf(channels)} * kPackChannels * RealBytes(type);
  arrays->AddBytes(&rows_, lattice.rows * row_bytes);
  // Unless splatted values are kept, the first buffer is the last one.
  for (int i = keep_splatted ? 0 : 1; i <= kSplatted; ++i) {
    if (order != BlurOrder::kSymmetric && (i == 2 || i == 3)) continue;
    arrays->AddBytes(&buffers_[i], lattice.vertices * row_bytes);
  }
}

Error BlurBuffers::Launch(const LatticeView& lattice, const Program& program,
                          uint32_t channels, BlurOrder order, Device* device,
                          const void** blurred) {
  if (buffers_[0] == nullptr) buffers_[0] = buffers_[kSplatted];
  LatticeView view = lattice;
  uint32_t long_blocks = LongBlocks(view);
  Grid combined = VertexGrid(view.vertices, channels);
  combined.x += long_blocks;
  void* combine[] = {&view, &rows_, &channels, &long_blocks,
                     &buffers_[kSplatted]};
  RLOSS_RETURN_IF_ERROR(
      device->Launch(program, Kernel::kCombine, combined, combine));

  const int axes = program.dim + 1;
  const bool symmetric = order == BlurOrder::kSymmetric;
  const void* source[2] = {splatted(), splatted()};
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
      pass.target[i] = buffers_[target[i]];
      source[i] = buffers_[target[i]];
      target[i] = i == 0 ? 1 - target[i] : 5 - target[i];
    }
    Grid grid = VertexGrid(view.vertices, channels);
    if (symmetric && !pass.sum) grid.z = 2;
    void* arguments[] = {&view, &pass, &channels};
    RLOSS_RETURN_IF_ERROR(device->Launch(
        program, depth == 2 ? Kernel::kBlurTwo : Kernel::kBlurOne, grid,
        arguments));
  }
  *blurred = source[0];
  return {};
}

}  // namespace gpu
}  // namespace rloss
