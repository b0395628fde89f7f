// The entry points of the quadratic forms' kernels. They only give pointers
// their types and declare the shared memory of each kernel.
#ifndef RLOSS_GPU_KERNELS_FORMS_KERNELS_H_
#define RLOSS_GPU_KERNELS_FORMS_KERNELS_H_

#include "form_sums.h"
#include "forms.h"
#include "splat_slice.h"

namespace rloss {
namespace gpu {

template <int D, typename Real>
struct FormsKernels {
  static void RunMakeFeatures(Shape shape, Pixels pixels, void* features) {
    MakeFeatures<D, Real>(shape, pixels, static_cast<Real*>(features));
  }
  static void RunSplatForms(Shape shape, LatticeView lattice,
                            FormsValues values, void* rows) {
    typedef SplatMemory<Real, D> Memory;
    RLOSS_SHARED(Memory, memory);
    const SplatWithOnes<Real> source{static_cast<const Real*>(values.values),
                                     static_cast<const Real*>(values.region),
                                     values.channels};
    Splat<D, Real>(shape, lattice, source, values.channels + 1,
                   static_cast<Pack<Real>*>(rows), &memory);
  }
  static void RunSumTiles(Shape shape, LatticeView lattice,
                          const void* splatted, const void* blurred,
                          uint32_t channels, double* sums) {
    RLOSS_SHARED(FormSumMemory<D>, memory);
    SumTiles<D, Real>(shape, lattice, static_cast<const Real*>(splatted),
                      static_cast<const Real*>(blurred), channels, sums,
                      &memory);
  }
  static void RunSumImages(Shape shape, const double* sums, uint32_t channels,
                           double gain, FormsTarget target) {
    RLOSS_SHARED(ImageSumMemory, memory);
    SumImages<Real>(shape, sums, channels, gain,
                    static_cast<Real*>(target.within),
                    static_cast<Real*>(target.degree),
                    static_cast<Real*>(target.total), &memory);
  }
  static void RunSliceForms(Shape shape, LatticeView lattice,
                            const void* blurred, FormsValues values,
                            double gain, FormsTarget target) {
    typedef SliceMemory<Real, D> Memory;
    RLOSS_SHARED(Memory, memory);
    const SlicedWithOnes<Real> sliced{
        static_cast<Real*>(target.filtered),
        static_cast<Real*>(target.degrees),
        static_cast<const Real*>(values.region), values.channels};
    Slice<D, Real>(shape, lattice, static_cast<const Pack<Real>*>(blurred),
                   values.channels + 1, gain, sliced, &memory);
  }
  static void RunMixForms(Shape shape, FormsDerivatives forms,
                          uint32_t channels, void* gradient) {
    MixForms<Real>(shape, static_cast<const Real*>(forms.filtered),
                   static_cast<const Real*>(forms.degrees),
                   static_cast<const Real*>(forms.within),
                   static_cast<const Real*>(forms.degree), channels,
                   static_cast<Real*>(gradient));
  }
};

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_KERNELS_FORMS_KERNELS_H_
