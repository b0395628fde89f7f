#include "filter_launcher.h"

#include "arrays.h"
#include "blur_launcher.h"

namespace rloss {
namespace gpu {

Error LaunchFilter(const BuiltLattice& lattice, ValueType type,
                   const void* values, int64_t channels, BlurOrder order,
                   Device* device, const Allocate& temporary, void* output) {
  RLOSS_RETURN_IF_ERROR(CheckChannels(channels));
  const Program program{lattice.problem.program.dim, type};
  Shape shape = lattice.shape;
  LatticeView view = lattice.view;
  uint32_t width = static_cast<uint32_t>(channels);
  BlurBuffers buffers;
  Arrays arrays;
  buffers.AddTo(&arrays, view, type, width, order, /*keep_splatted=*/false);
  RLOSS_RETURN_IF_ERROR(arrays.AllocateBy(temporary));

  const Grid tiles{uint64_t{shape.images} * shape.tiles};
  void* splat[] = {&shape, &view, &values, &width, &buffers.rows()};
  RLOSS_RETURN_IF_ERROR(device->Launch(program, Kernel::kSplat, tiles, splat));

  const void* blurred = nullptr;
  RLOSS_RETURN_IF_ERROR(
      buffers.Launch(view, program, width, order, device, &blurred));

  double gain = Gain(program.dim, type, order == BlurOrder::kSymmetric);
  void* slice[] = {&shape, &view, &blurred, &width, &gain, &output};
  return device->Launch(program, Kernel::kSlice, tiles, slice);
}

}  // namespace gpu
}  // namespace rloss
