// The program that NVRTC compiles. Its options define RLOSS_DIM, the number of
// features, and RLOSS_VALUE, the type of values.
#define RLOSS_SHARED(Type, name) __shared__ Type name

// Reads a number that other threads write by atomic operations.
template <typename T>
inline T AtomicRead(const T* address) {
  return *static_cast<const volatile T*>(address);
}

#include "forms_kernels.h"
#include "kernels.h"

using namespace rloss::gpu;
typedef Kernels<RLOSS_DIM, RLOSS_VALUE> Chosen;
typedef FormsKernels<RLOSS_DIM, RealOf<RLOSS_VALUE>> Forms;

#define RLOSS_KERNEL extern "C" __global__ void __launch_bounds__(kThreads)

RLOSS_KERNEL rloss_prepare(Shape shape, LatticeView lattice, Scratch scratch) {
  Chosen::RunPrepare(shape, lattice, scratch);
}
RLOSS_KERNEL rloss_embed(Shape shape, LatticeView lattice, Scratch scratch,
                         Scales scales) {
  Chosen::RunEmbed(shape, lattice, scratch, scales);
}
RLOSS_KERNEL rloss_number_vertices(Shape shape, LatticeView lattice,
                                   Scratch scratch) {
  Chosen::RunNumberVertices(shape, lattice, scratch);
}
RLOSS_KERNEL rloss_list_rows(LatticeView lattice, Scratch scratch) {
  Chosen::RunListRows(lattice, scratch);
}
RLOSS_KERNEL rloss_sort_rows(Shape shape, LatticeView lattice, Scratch scratch,
                             uint32_t long_blocks) {
  Chosen::RunSortRows(shape, lattice, scratch, long_blocks);
}
RLOSS_KERNEL rloss_splat(Shape shape, LatticeView lattice, const void* values,
                         uint32_t channels, void* rows) {
  Chosen::RunSplat(shape, lattice, values, channels, rows);
}
RLOSS_KERNEL rloss_combine(LatticeView lattice, const void* rows,
                           uint32_t channels, uint32_t long_blocks,
                           void* sums) {
  Chosen::RunCombine(lattice, rows, channels, long_blocks, sums);
}
RLOSS_KERNEL rloss_blur_one(LatticeView lattice, BlurPass pass,
                            uint32_t channels) {
  Chosen::RunBlurOne(lattice, pass, channels);
}
RLOSS_KERNEL rloss_blur_two(LatticeView lattice, BlurPass pass,
                            uint32_t channels) {
  Chosen::RunBlurTwo(lattice, pass, channels);
}
RLOSS_KERNEL rloss_slice(Shape shape, LatticeView lattice, const void* blurred,
                         uint32_t channels, double gain, void* output) {
  Chosen::RunSlice(shape, lattice, blurred, channels, gain, output);
}

RLOSS_KERNEL rloss_make_features(Shape shape, Pixels pixels, void* features) {
  Forms::RunMakeFeatures(shape, pixels, features);
}
RLOSS_KERNEL rloss_splat_forms(Shape shape, LatticeView lattice,
                               FormsValues values, void* rows) {
  Forms::RunSplatForms(shape, lattice, values, rows);
}
RLOSS_KERNEL rloss_sum_tiles(Shape shape, LatticeView lattice,
                             const void* splatted, const void* blurred,
                             uint32_t channels, double* sums) {
  Forms::RunSumTiles(shape, lattice, splatted, blurred, channels, sums);
}
RLOSS_KERNEL rloss_sum_images(Shape shape, const double* sums,
                              uint32_t channels, double gain,
                              FormsTarget target) {
  Forms::RunSumImages(shape, sums, channels, gain, target);
}
RLOSS_KERNEL rloss_slice_forms(Shape shape, LatticeView lattice,
                               const void* blurred, FormsValues values,
                               double gain, FormsTarget target) {
  Forms::RunSliceForms(shape, lattice, blurred, values, gain, target);
}
RLOSS_KERNEL rloss_mix_forms(Shape shape, FormsDerivatives forms,
                             uint32_t channels, void* gradient) {
  Forms::RunMixForms(shape, forms, channels, gradient);
}
