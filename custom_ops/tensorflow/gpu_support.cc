#include "gpu_support.h"

#include <cstring>

#include "../gpu/kernels/layout.h"
#include "tensorflow/core/framework/device_base.h"

namespace rloss {
namespace {

// A build under way. The callback of the next step owns it.
class Build : public std::enable_shared_from_this<Build> {
 public:
  using Finished =
      std::function<void(absl::Status, std::shared_ptr<GpuLattice>)>;

  Build(OpKernelContext* context, const Tensor& features, gpu::ValueType type,
        bool equalized, PointReport report, Finished finished)
      : context_(context),
        features_(features),
        type_(type),
        report_(std::move(report)),
        kept_(context),
        temporary_(context),
        builder_({features.dim_size(0),
                  features.dim_size(1),
                  {static_cast<int>(features.dim_size(2)), type},
                  equalized},
                 features.data(), &device_, kept_.allocate(),
                 temporary_.allocate()),
        finished_(std::move(finished)) {}

  void Start() {
    absl::Status status = OpenStream(context_, &device_);
    if (status.ok()) status = AllocateHostMemory();
    if (status.ok()) status = StatusOf(builder_.Start(counters()));
    if (status.ok()) status = Await(&Build::Continue);
    if (!status.ok()) finished_(status, nullptr);
  }

 private:
  // Allocates page-locked memory, to which the driver copies without blocking a
  // thread.
  absl::Status AllocateHostMemory() {
    tensorflow::AllocatorAttributes page_locked;
    page_locked.set_on_host(true);
    page_locked.set_gpu_compatible(true);
    constexpr int64_t kBytes = sizeof(gpu::Counters) + kMaxDim * sizeof(double);
    return context_->allocate_temp(tensorflow::DT_UINT8, TensorShape({kBytes}),
                                   &host_, page_locked);
  }
  gpu::Counters* counters() {
    return static_cast<gpu::Counters*>(host_.data());
  }
  void* point() { return counters() + 1; }

  // Returns TensorFlow's error if memory was missing, because it says more.
  absl::Status StatusOf(const gpu::Error& error) {
    if (!temporary_.status().ok()) return temporary_.status();
    if (!kept_.status().ok()) return kept_.status();
    return ToStatus(error);
  }

  // Runs `step` once the stream has done the work launched so far. The driver's
  // thread must not use the GPU, so it passes `step` on to TensorFlow's
  // threads.
  absl::Status Await(absl::Status (Build::*step)()) {
    auto self = shared_from_this();
    auto* workers =
        context_->device()->tensorflow_cpu_worker_threads()->workers;
    return ToStatus(device_.WhenDone([self, workers, step](gpu::Error error) {
      workers->Schedule([self, step, error] {
        absl::Status status = ToStatus(error);
        if (status.ok()) status = (self.get()->*step)();
        if (!status.ok()) self->finished_(status, nullptr);
      });
    }));
  }

  absl::Status Continue() {
    auto outcome = gpu::LatticeBuilder::Outcome::kDone;
    TF_RETURN_IF_ERROR(StatusOf(builder_.Finish(counters(), &outcome)));
    switch (outcome) {
      case gpu::LatticeBuilder::Outcome::kAgain:
        return Await(&Build::Continue);
      case gpu::LatticeBuilder::Outcome::kFault:
        return FetchPoint();
      case gpu::LatticeBuilder::Outcome::kDone:
        break;
    }
    auto lattice = std::make_shared<GpuLattice>();
    lattice->built = builder_.lattice();
    lattice->memory = kept_.Release();
    finished_(absl::OkStatus(), std::move(lattice));
    return absl::OkStatus();
  }

  // Fetches the numbers of the point at fault, for the message.
  absl::Status FetchPoint() {
    const gpu::PointFault& fault = builder_.fault();
    const int64_t bytes = report_.numbers * gpu::RealBytes(type_);
    const int64_t index = fault.image * features_.dim_size(1) + fault.point;
    TF_RETURN_IF_ERROR(ToStatus(device_.ReadBack(
        static_cast<const char*>(report_.shown.data()) + index * bytes, bytes,
        point())));
    return Await(&Build::DescribeFault);
  }

  absl::Status DescribeFault() {
    return report_.describe(BatchErrorOf(builder_.fault()), point());
  }

  OpKernelContext* context_;
  const Tensor features_;  // keeps the memory
  const gpu::ValueType type_;
  const PointReport report_;
  gpu::CudaDevice device_;
  GpuMemory kept_, temporary_;
  Tensor host_;
  gpu::LatticeBuilder builder_;
  Finished finished_;
};

}  // namespace

gpu::Allocate GpuMemory::allocate() {
  return [this](size_t bytes) -> void* {
    Tensor piece;
    const TensorShape shape({static_cast<int64_t>(bytes)});
    status_.Update(
        context_->allocate_temp(tensorflow::DT_UINT8, shape, &piece));
    if (!status_.ok()) return nullptr;
    pieces_.push_back(piece);
    return piece.data();
  };
}

PointReport ReportFeatures(const Tensor& features) {
  const int dim = static_cast<int>(features.dim_size(2));
  const bool is_double = features.dtype() == tensorflow::DT_DOUBLE;
  return {features, dim, [=](const BatchError& error, const void* point) {
            return is_double
                       ? DescribePoint(
                             error, static_cast<const double*>(point), dim)
                       : DescribePoint(error, static_cast<const float*>(point),
                                       dim);
          }};
}

void BuildOnGpu(OpKernelContext* context, const Tensor& features,
                gpu::ValueType type, bool equalized, PointReport report,
                Build::Finished finished) {
  std::make_shared<Build>(context, features, type, equalized,
                          std::move(report), std::move(finished))
      ->Start();
}

absl::Status FilterOnGpu(OpKernelContext* context,
                         const gpu::BuiltLattice& lattice, gpu::ValueType type,
                         const Tensor& values, BlurOrder order,
                         Tensor* filtered) {
  gpu::CudaDevice device;
  TF_RETURN_IF_ERROR(OpenStream(context, &device));
  GpuMemory temporary(context);
  const gpu::Error error = gpu::LaunchFilter(
      lattice, type, values.data(), values.dim_size(2), order, &device,
      temporary.allocate(), filtered->data());
  TF_RETURN_IF_ERROR(temporary.status());
  return ToStatus(error);
}

}  // namespace rloss
