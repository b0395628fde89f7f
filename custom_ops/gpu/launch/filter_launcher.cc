#include "filter_launcher.h"

#include "arrays.h"
#include "blur_launcher.h"

namespace rloss {
namespace gpu {

Error LaunchFilter(const BuiltLattice& lattice, ValueType type,
                   const void* values, int64_t channels, BlurOrder order,
                   Device* device, const Allocate& temporary, void* output) {
  Error error = CheckChannels(channels);
  if (!error.empty()) return error;
  const Program program{lattice.problem.program.dim, type};
  Shape shape = lattice.shape;
  LatticeView view = lattice.view;
  uint32_t width = static_cast<uint32_t>(channels);
  BlurBuffers buffers;
  Arrays arrays;
  buffers.AddTo(&arrays, view, type, width, order, /*keep_splatted=*/false);
  error = arrays.AllocateBy(temporary);
  if (!error.empty()) return error;

  Grid tiles;
  tiles.x = uint64_t{shape.images} * shape.tiles;
  void* splat[] = {&shape, &view, &values, &width, &buffers.rows()};
  error = device->Launch(program, Kernel::kSplat, tiles, splat);
  if (!error.empty()) return error;

  const void* blurred = nullptr;
  error = buffers.Launch(view, program, width, order, device, &blurred);
  if (!error.empty()) return error;

  double gain = Gain(program.dim, type, order == BlurOrder::kSymmetric);
  void* slice[] = {&shape, &view, &blurred, &width, &gain, &output};
  return device->Launch(program, Kernel::kSlice, tiles, slice);
}

}  // namespace gpu
}  // namespace rloss
