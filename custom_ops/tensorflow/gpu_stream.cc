// Gets the driver's stream from TensorFlow's. No other file uses its type.
#include "gpu_support.h"
#include "tensorflow/core/framework/device_base.h"
#include "xla/stream_executor/stream.h"

namespace rloss {

absl::Status OpenStream(OpKernelContext* context, gpu::CudaDevice* device) {
  auto* device_context = context->op_device_context();
  if (device_context == nullptr || device_context->stream() == nullptr) {
    return absl::InternalError("This device has no stream to filter on.");
  }
  return ToStatus(device->Open(
      device_context->stream()->platform_specific_handle().stream));
}

}  // namespace rloss
