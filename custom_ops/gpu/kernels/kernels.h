// The entry points of the kernels. They only give pointers their types and
// declare the shared memory of each kernel. A program for the device holds the
// kernels of one dimension and one type of values.
#ifndef RLOSS_GPU_KERNELS_KERNELS_H_
#define RLOSS_GPU_KERNELS_KERNELS_H_

#include "blur.h"
#include "combine.h"
#include "connect.h"
#include "embed.h"
#include "number_types.h"
#include "splat_slice.h"

namespace rloss {
namespace gpu {

template <int D, typename Value>
struct Kernels {
  typedef RealOf<Value> Real;

  static void RunPrepare(Shape shape, LatticeView lattice, Scratch scratch) {
    RLOSS_SHARED(uint32_t, least_width);
    Prepare<D, Real>(shape, lattice, scratch, &least_width);
  }
  static void RunEmbed(Shape shape, LatticeView lattice, Scratch scratch,
                       Scales scales) {
    RLOSS_SHARED(TileMemory<D>, tile);
    Embed<D, Real>(shape, lattice, scratch, scales, &tile);
  }
  static void RunNumberVertices(Shape shape, LatticeView lattice,
                                Scratch scratch) {
    RLOSS_SHARED(uint32_t, total);
    RLOSS_SHARED(uint32_t, begin);
    NumberVertices<D>(shape, lattice, scratch, &total, &begin);
  }
  static void RunListRows(LatticeView lattice, Scratch scratch) {
    ListRows(lattice, scratch);
  }
  static void RunSortRows(Shape shape, LatticeView lattice, Scratch scratch,
                          uint32_t long_blocks) {
    RLOSS_SHARED(TileSet, set);
    SortRows(shape, lattice, scratch, long_blocks, &set);
  }
  static void RunSplat(Shape shape, LatticeView lattice, const void* values,
                       uint32_t channels, void* rows) {
    typedef SplatMemory<Real, D> Memory;
    RLOSS_SHARED(Memory, memory);
    const SplatValues<Value> source{static_cast<const Value*>(values),
                                    channels};
    Splat<D, Real>(shape, lattice, source, channels,
                   static_cast<Pack<Real>*>(rows), &memory);
  }
  static void RunCombine(LatticeView lattice, const void* rows,
                         uint32_t channels, uint32_t long_blocks, void* sums) {
    RLOSS_SHARED(CombineMemory<Real>, memory);
    Combine<Real>(lattice, static_cast<const Pack<Real>*>(rows), channels,
                  long_blocks, static_cast<Pack<Real>*>(sums), &memory);
  }
  static void RunBlurOne(LatticeView lattice, BlurPass pass,
                         uint32_t channels) {
    Blur<1, Real>(lattice, pass, channels);
  }
  static void RunBlurTwo(LatticeView lattice, BlurPass pass,
                         uint32_t channels) {
    Blur<2, Real>(lattice, pass, channels);
  }
  static void RunSlice(Shape shape, LatticeView lattice, const void* blurred,
                       uint32_t channels, double gain, void* output) {
    typedef SliceMemory<Real, D> Memory;
    RLOSS_SHARED(Memory, memory);
    const SlicedValues<Value> target{static_cast<Value*>(output), channels};
    Slice<D, Real>(shape, lattice, static_cast<const Pack<Real>*>(blurred),
                   channels, gain, target, &memory);
  }
};

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_KERNELS_KERNELS_H_
