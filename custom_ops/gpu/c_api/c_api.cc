#include "c_api.h"

#include <cstring>
#include <memory>

#include "../driver/compiler.h"
#include "../driver/cuda_device.h"
#include "../launch/filter_launcher.h"
#include "c_support.h"

namespace rloss {
namespace gpu {
namespace {

// The trace of this thread, between its begin and its end.
thread_local std::unique_ptr<EventTrace> trace;

// Copies `text` to `target`, cut off if it is too long.
void CopyText(const std::string& text, char* target, int64_t bytes) {
  if (bytes <= 0) return;
  std::strncpy(target, text.c_str(), bytes - 1);
  target[bytes - 1] = '\0';
}

Error Build(const void* features, const Problem& problem, void* stream,
            const Allocate& allocate, RlossGpuLattice* lattice) {
  CudaDevice device;
  RLOSS_RETURN_IF_ERROR(device.Open(stream));
  TimedDevice timed(&device, trace.get());
  LatticeBuilder builder(problem, features, &timed, allocate, allocate);
  Counters counters;
  auto outcome = LatticeBuilder::Outcome::kAgain;
  RLOSS_RETURN_IF_ERROR(builder.Start(&counters));
  while (outcome == LatticeBuilder::Outcome::kAgain) {
    ++lattice->attempts;
    RLOSS_RETURN_IF_ERROR(device.Wait());
    RLOSS_RETURN_IF_ERROR(builder.Finish(&counters, &outcome));
  }
  lattice->built = builder.lattice();
  return outcome == LatticeBuilder::Outcome::kFault
             ? DescribeFault(builder.fault())
             : Error();
}

template <typename Real>
Error FilterByCpu(const void* values, const void* features,
                  const BatchShape& shape, BlurOrder order, void* output) {
  Pool<FilterScratch<Real>> pool;
  const BatchError error =
      FilterBatch(static_cast<const Real*>(values),
                  static_cast<const Real*>(features), shape, order, Parallel(),
                  &pool, static_cast<Real*>(output));
  return error.ok() ? Error() : DescribeFault(error);
}

}  // namespace

const char* Report(Error error) {
  static thread_local Error last;
  last = std::move(error);
  return last.empty() ? nullptr : last.c_str();
}

EventTrace* CurrentTrace() { return trace.get(); }

Error DescribeFault(const PointFault& fault) {
  return std::string("`features` must be ") +
         (fault.out_of_range ? "of smaller magnitude" : "finite") +
         ". Received features[" + std::to_string(fault.image) + ", " +
         std::to_string(fault.point) + "]";
}

Error DescribeFault(const BatchError& error) {
  PointFault fault;
  fault.image = error.image;
  fault.point = error.error.point;
  fault.out_of_range = error.error.kind == FeatureError::Kind::kOutOfRange;
  return DescribeFault(fault);
}

}  // namespace gpu
}  // namespace rloss

using namespace rloss;
using namespace rloss::gpu;

const char* RlossGpuBuild(const void* features, int64_t images, int64_t points,
                          int dim, int type, int equalized, void* stream,
                          RlossAllocate allocate, void* user,
                          RlossGpuLattice** lattice) {
  auto built = std::make_unique<RlossGpuLattice>();
  const Problem problem{images,
                        points,
                        {dim, static_cast<ValueType>(type)},
                        equalized != 0};
  const char* error = gpu::Report(
      Build(features, problem, stream,
            [=](size_t bytes) { return allocate(user, bytes); }, built.get()));
  *lattice = error == nullptr ? built.release() : nullptr;
  return error;
}

const char* RlossGpuFilter(const RlossGpuLattice* lattice, int type,
                           const void* values, int64_t channels, int order,
                           void* stream, RlossAllocate allocate, void* user,
                           void* output) {
  CudaDevice device;
  Error error = device.Open(stream);
  if (error.empty()) {
    TimedDevice timed(&device, trace.get());
    error = LaunchFilter(
        lattice->built, static_cast<ValueType>(type), values, channels,
        static_cast<BlurOrder>(order), &timed,
        [=](size_t bytes) { return allocate(user, bytes); }, output);
  }
  return gpu::Report(std::move(error));
}

void RlossGpuInspect(const RlossGpuLattice* lattice, int64_t* four) {
  four[0] = lattice->built.view.vertices;
  four[1] = lattice->built.view.rows;
  four[2] = lattice->built.view.width;
  four[3] = lattice->attempts;
}

void RlossGpuRelease(RlossGpuLattice* lattice) { delete lattice; }

const char* RlossGpuBeginTrace(void* stream) {
  trace = std::make_unique<EventTrace>();
  return gpu::Report(trace->Begin(stream));
}

const char* RlossGpuEndTrace(char* lines, int64_t bytes) {
  std::vector<std::pair<std::string, float>> times;
  Error error = trace->End(&times);
  trace.reset();
  std::string text;
  for (const auto& time : times) {
    text += time.first + " " + std::to_string(time.second) + "\n";
  }
  CopyText(text, lines, bytes);
  return gpu::Report(std::move(error));
}

const char* RlossGpuCompile(int capability, int dim, int type,
                            int64_t* code_bytes, char* report,
                            int64_t report_bytes) {
  Target target;
  target.capability = capability;
  target.verbose = true;
  std::string code, log;
  Error error =
      CompileAnew({dim, static_cast<ValueType>(type)}, target, &code, &log);
  *code_bytes = static_cast<int64_t>(code.size());
  CopyText(log, report, report_bytes);
  return gpu::Report(std::move(error));
}

const char* RlossCpuFilter(const void* values, const void* features,
                           int64_t images, int64_t points, int channels,
                           int dim, int type, int equalized, int order,
                           void* output) {
  const BatchShape shape{images, points, channels, dim, equalized != 0};
  const auto chosen = static_cast<BlurOrder>(order);
  return gpu::Report(
      static_cast<ValueType>(type) == ValueType::kDouble
          ? FilterByCpu<double>(values, features, shape, chosen, output)
          : FilterByCpu<float>(values, features, shape, chosen, output));
}
