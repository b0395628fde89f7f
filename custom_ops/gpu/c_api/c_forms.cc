// Implements the part of c_api.h that is about quadratic forms.
#include <string>
#include <utility>

#include "../driver/cuda_device.h"
#include "../launch/forms_launcher.h"
#include "c_support.h"

namespace rloss {
namespace gpu {
namespace {

Error CheckType(int type) {
  if (type == static_cast<int>(ValueType::kFloat) ||
      type == static_cast<int>(ValueType::kDouble)) {
    return {};
  }
  return "The forms' `type` must be 0 (float) or 1 (double). Received: type=" +
         std::to_string(type);
}

// Calls launch(device) with the device of `stream`, timed by the thread's trace
// if there is one.
template <typename Launch>
Error OnStream(void* stream, int type, const Launch& launch) {
  Error error = CheckType(type);
  if (!error.empty()) return error;
  CudaDevice device;
  error = device.Open(stream);
  if (!error.empty()) return error;
  TimedDevice timed(&device, CurrentTrace());
  return launch(&timed);
}

ImageGrid GridOf(const RlossImages& images) {
  return UniformGrid(images.axes, images.height, images.width, images.colours,
                     images.sigma_xyz, images.sigma_color);
}

template <typename Real>
Error FormsByCpu(const RlossImages& images, const void* values,
                 const void* region, int channels, const RlossForms& forms) {
  Pool<FilterScratch<Real>> pool;
  const BatchError error = FormsBatch<Real>(
      static_cast<const Real*>(values),
      {static_cast<const Real*>(images.image), GridOf(images)},
      static_cast<const Real*>(region),
      {images.images, images.points, channels, images.axes + images.colours,
       images.equalized != 0},
      Parallel(), &pool,
      {static_cast<Real*>(forms.filtered), static_cast<Real*>(forms.degrees),
       static_cast<Real*>(forms.within), static_cast<Real*>(forms.degree),
       static_cast<Real*>(forms.total)});
  return error.ok() ? Error() : DescribeFault(error);
}

template <typename Real>
void MixByCpu(const RlossFormsDerivatives& forms, const BatchShape& shape,
              void* gradient) {
  MixFormsBatch<Real>({static_cast<const Real*>(forms.filtered),
                       static_cast<const Real*>(forms.degrees),
                       static_cast<const Real*>(forms.within),
                       static_cast<const Real*>(forms.degree)},
                      shape, Parallel(), static_cast<Real*>(gradient));
}

bool IsDouble(int type) {
  return static_cast<ValueType>(type) == ValueType::kDouble;
}

}  // namespace
}  // namespace gpu
}  // namespace rloss

using namespace rloss;
using namespace rloss::gpu;

const char* RlossGpuFeatures(const RlossImages* images, void* stream,
                             void* features) {
  return gpu::Report(OnStream(stream, images->type, [=](Device* device) {
    const auto real = static_cast<ValueType>(images->type);
    const ImageBatch batch{images->image, images->images, images->points,
                           GridOf(*images), real};
    return LaunchFeatures(batch, device, features);
  }));
}

const char* RlossGpuForms(const RlossGpuLattice* lattice, const void* values,
                          const void* region, int64_t channels, void* stream,
                          RlossAllocate allocate, void* user,
                          const RlossForms* forms) {
  const int type = static_cast<int>(lattice->built.problem.program.type);
  return gpu::Report(OnStream(stream, type, [=](Device* device) {
    return LaunchForms(
        lattice->built, {values, region, static_cast<uint32_t>(channels)},
        device, [=](size_t bytes) { return allocate(user, bytes); },
        {forms->filtered, forms->degrees, forms->within, forms->degree,
         forms->total});
  }));
}

const char* RlossGpuMixForms(const RlossFormsDerivatives* forms, int type,
                             int64_t images, int64_t points, int64_t channels,
                             void* stream, void* gradient) {
  return gpu::Report(OnStream(stream, type, [=](Device* device) {
    return LaunchMixForms(
        {forms->filtered, forms->degrees, forms->within, forms->degree},
        static_cast<ValueType>(type), images, points, channels, device,
        gradient);
  }));
}

const char* RlossCpuForms(const RlossImages* images, const void* values,
                          const void* region, int channels,
                          const RlossForms* forms) {
  Error error = CheckType(images->type);
  if (error.empty()) {
    error = IsDouble(images->type)
                ? FormsByCpu<double>(*images, values, region, channels, *forms)
                : FormsByCpu<float>(*images, values, region, channels, *forms);
  }
  return gpu::Report(std::move(error));
}

const char* RlossCpuMixForms(const RlossFormsDerivatives* forms, int type,
                             int64_t images, int64_t points, int channels,
                             void* gradient) {
  Error error = CheckType(type);
  if (error.empty()) {
    const BatchShape shape{images, points, channels, /*dim=*/0};
    IsDouble(type) ? MixByCpu<double>(*forms, shape, gradient)
                   : MixByCpu<float>(*forms, shape, gradient);
  }
  return gpu::Report(std::move(error));
}
