#include "forms_launcher.h"

#include <string>

#include "arrays.h"
#include "blur_launcher.h"

namespace rloss {
namespace gpu {
namespace {

// Kernels that need no features are in the program of every dimension. That of
// colour images has usually been compiled before, for the forms themselves.
constexpr int kDimOfColourImages = 5;

Shape ShapeOf(int64_t images, int64_t points) {
  return {static_cast<uint64_t>(points), static_cast<uint32_t>(images),
          static_cast<uint32_t>((points + kTilePoints - 1) / kTilePoints)};
}

// Returns the count of sums for each image: `within` and `degree` for each
// channel, and the total.
uint64_t NumbersOf(uint32_t channels) { return 2 * uint64_t{channels} + 1; }

// Sums the tiles of each image.
Error LaunchSumImages(const Program& program, const Shape& shape,
                      const double* sums, uint32_t channels, Device* device,
                      const FormsTarget& target) {
  Shape of_images = shape;
  FormsTarget outputs = target;
  double gain = Gain(program.dim, program.type, true);
  const Grid grid{shape.images * NumbersOf(channels)};
  void* arguments[] = {&of_images, &sums, &channels, &gain, &outputs};
  return device->Launch(program, Kernel::kSumImages, grid, arguments);
}

// Returns 1 / sigma, computed in the type in which the CPU computes it.
double Reciprocal(float sigma, ValueType type) {
  return type == ValueType::kDouble ? 1.0 / sigma : 1.0f / sigma;
}

}  // namespace

Error LaunchFeatures(const ImageBatch& batch, Device* device, void* features) {
  const Problem problem = batch.problem();
  if (!FitsDevice(problem)) {
    return "`image` has too many pixels for one call on a GPU: batch times "
           "pixels times (colours + 3) must be below 2^30. Received batch=" +
           std::to_string(batch.images) +
           ", pixels=" + std::to_string(batch.points) +
           ", colours=" + std::to_string(batch.colours) +
           ". Take fewer images at a time.";
  }
  Shape shape = ShapeOf(batch.images, batch.points);
  Pixels pixels{batch.image, Reciprocal(batch.sigma_xy, batch.type),
                Reciprocal(batch.sigma_rgb, batch.type),
                static_cast<uint32_t>(batch.width)};
  const uint64_t numbers =
      uint64_t{shape.images} * shape.points * problem.program.dim;
  const Grid grid{(numbers + kThreads - 1) / kThreads};
  void* arguments[] = {&shape, &pixels, &features};
  return device->Launch(problem.program, Kernel::kMakeFeatures, grid,
                        arguments);
}

Error LaunchForms(const BuiltLattice& lattice, const FormsValues& values,
                  Device* device, const Allocate& temporary,
                  const FormsTarget& target) {
  RLOSS_RETURN_IF_ERROR(CheckChannels(values.channels));
  const Program& program = lattice.problem.program;
  const BlurOrder order = BlurOrder::kSymmetric;
  Shape shape = lattice.shape;
  LatticeView view = lattice.view;
  FormsValues source = values;
  FormsTarget outputs = target;
  uint32_t channels = values.channels;
  const Grid tiles{uint64_t{shape.images} * shape.tiles};
  BlurBuffers buffers;
  double* sums = nullptr;
  Arrays arrays;
  buffers.AddTo(&arrays, view, program.type, channels + 1, order,
                /*keep_splatted=*/true);
  arrays.Add(&sums, tiles.x * NumbersOf(channels));
  RLOSS_RETURN_IF_ERROR(arrays.AllocateBy(temporary));

  void* splat[] = {&shape, &view, &source, &buffers.rows()};
  RLOSS_RETURN_IF_ERROR(
      device->Launch(program, Kernel::kSplatForms, tiles, splat));
  const void* blurred = nullptr;
  RLOSS_RETURN_IF_ERROR(
      buffers.Launch(view, program, channels + 1, order, device, &blurred));

  // With v the splatted values and B the blur in one order, S_k' W S_l is the
  // mean of v_k' B v_l and v_k' B' v_l, so nothing has to be sliced for it.
  const void* splatted = buffers.splatted();
  void* sum_tiles[] = {&shape, &view, &splatted, &blurred, &channels, &sums};
  RLOSS_RETURN_IF_ERROR(
      device->Launch(program, Kernel::kSumTiles, tiles, sum_tiles));
  RLOSS_RETURN_IF_ERROR(
      LaunchSumImages(program, shape, sums, channels, device, target));

  double gain = Gain(program.dim, program.type, true);
  void* slice[] = {&shape, &view, &blurred, &source, &gain, &outputs};
  return device->Launch(program, Kernel::kSliceForms, tiles, slice);
}

Error LaunchZeroSums(ValueType type, int64_t images, int64_t channels,
                     Device* device, const FormsTarget& target) {
  RLOSS_RETURN_IF_ERROR(CheckChannels(channels));
  // There are no tiles to sum.
  return LaunchSumImages({kDimOfColourImages, type}, ShapeOf(images, 0),
                         nullptr, static_cast<uint32_t>(channels), device,
                         target);
}

Error LaunchMixForms(const FormsDerivatives& forms, ValueType type,
                     int64_t images, int64_t points, int64_t channels,
                     Device* device, void* gradient) {
  RLOSS_RETURN_IF_ERROR(CheckChannels(channels));
  Shape shape = ShapeOf(images, points);
  FormsDerivatives inputs = forms;
  uint32_t width = static_cast<uint32_t>(channels);
  const Grid tiles{uint64_t{shape.images} * shape.tiles};
  void* arguments[] = {&shape, &inputs, &width, &gradient};
  return device->Launch({kDimOfColourImages, type}, Kernel::kMixForms, tiles,
                        arguments);
}

}  // namespace gpu
}  // namespace rloss
