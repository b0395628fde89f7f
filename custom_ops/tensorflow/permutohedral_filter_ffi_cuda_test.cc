// The handler for NVIDIA GPUs, called as XLA calls it, without XLA or a GPU:
// both are played by this file, and the kernels run on the processor.
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "../gpu/cuda_device.h"
#include "../gpu/shim/filter_on_shim.h"
#include "xla/ffi/api/c_api.h"
#include "xla_call.h"

struct XLA_FFI_Error {
  std::string message;
  XLA_FFI_Error_Code code;
};

namespace rloss {
namespace {

namespace shim = gpu::shim;

int streamed = 0;
void* const kStream = &streamed;
// Set before main(), maybe before constructors of this file run.
XLA_FFI_Handler* handler = nullptr;
char platform[8] = "";

// Memory of a GPU, from an allocator that aligns to 16 bytes and no more.
struct Piece {
  std::vector<char> memory;
  void* data;
  size_t bytes;
};
std::vector<Piece> pieces;
bool memory_ends = false;

// What the GPU copies to the host arrives when it is waited for.
struct Copy {
  const void* from;
  void* to;
  size_t bytes;
};
std::vector<Copy> copies;

}  // namespace

// The other half of cuda_device.h, in the place of cuda_device.cc.
namespace gpu {

Error CudaDevice::Open(CudaStream stream) {
  CHECK_TRUE(stream == kStream);
  return {};
}

Error CudaDevice::Launch(const Program& program, Kernel kernel,
                         const Grid& grid, void** arguments) {
  if (kernel == Kernel::kEmbed) {
    const void* memory = static_cast<LatticeView*>(arguments[1])->entries;
    CHECK_TRUE(reinterpret_cast<uintptr_t>(memory) % 256 == 0);
  }
  shim::ShimDevice device{shim::RunOptions{}};
  return device.Launch(program, kernel, grid, arguments);
}

Error CudaDevice::ReadBack(const void* device_memory, size_t bytes,
                           void* host_memory) {
  copies.push_back({device_memory, host_memory, bytes});
  return {};
}

Error CudaDevice::Wait() {
  for (const Copy& copy : copies) std::memcpy(copy.to, copy.from, copy.bytes);
  copies.clear();
  return {};
}

}  // namespace gpu

namespace {

XLA_FFI_Error* CreateError(XLA_FFI_Error_Create_Args* args) {
  return new XLA_FFI_Error{args->message, args->errc};
}
void GetMessage(XLA_FFI_Error_GetMessage_Args* args) {
  args->message = args->error->message.c_str();
}
void DestroyError(XLA_FFI_Error_Destroy_Args* args) { delete args->error; }

XLA_FFI_Error* Register(XLA_FFI_Handler_Register_Args* args) {
  CHECK_TRUE(std::string(args->name.ptr, args->name.len) == kFilterCall);
  std::strncpy(platform, args->platform.ptr, sizeof(platform) - 1);
  handler = args->bundle.execute;
  return nullptr;
}

XLA_FFI_Error* GetStream(XLA_FFI_Stream_Get_Args* args) {
  args->stream = kStream;
  return nullptr;
}

XLA_FFI_Error* Allocate(XLA_FFI_DeviceMemory_Allocate_Args* args) {
  if (memory_ends || args->alignment > 16) {
    return new XLA_FFI_Error{"refused", XLA_FFI_Error_Code_INTERNAL};
  }
  std::vector<char> memory(args->size + 512, '\x5a');
  const uintptr_t begin = reinterpret_cast<uintptr_t>(memory.data());
  args->data = reinterpret_cast<void*>((begin + 255) / 256 * 256 + 16);
  pieces.push_back({std::move(memory), args->data, args->size});
  return nullptr;
}

XLA_FFI_Error* Free(XLA_FFI_DeviceMemory_Free_Args* args) {
  for (auto piece = pieces.begin(); piece != pieces.end(); ++piece) {
    if (piece->data != args->data) continue;
    CHECK_TRUE(piece->bytes == args->size);
    CHECK_TRUE(static_cast<char*>(piece->data)[piece->bytes] == '\x5a');
    pieces.erase(piece);
    return nullptr;
  }
  CHECK_TRUE(false);
  return nullptr;
}

XLA_FFI_Buffer Buffer(XLA_FFI_DataType type, const void* data, int64_t* sizes) {
  return {XLA_FFI_Buffer_STRUCT_SIZE, nullptr, type, const_cast<void*>(data), 3,
          sizes};
}

}  // namespace
}  // namespace rloss

namespace xla::ffi {
const XLA_FFI_Api* GetXlaFfiApi() {
  static const XLA_FFI_Api* api = [] {
    auto* made = new XLA_FFI_Api{};
    made->struct_size = XLA_FFI_Api_STRUCT_SIZE;
    made->api_version = {XLA_FFI_Api_Version_STRUCT_SIZE, nullptr,
                         XLA_FFI_API_MAJOR, XLA_FFI_API_MINOR};
    made->XLA_FFI_Error_Create = rloss::CreateError;
    made->XLA_FFI_Error_GetMessage = rloss::GetMessage;
    made->XLA_FFI_Error_Destroy = rloss::DestroyError;
    made->XLA_FFI_Handler_Register = rloss::Register;
    made->XLA_FFI_Stream_Get = rloss::GetStream;
    made->XLA_FFI_DeviceMemory_Allocate = rloss::Allocate;
    made->XLA_FFI_DeviceMemory_Free = rloss::Free;
    return made;
  }();
  return api;
}
}  // namespace xla::ffi

namespace rloss {
namespace {

// Returns the error's text.
template <typename Value>
std::string Call(XLA_FFI_DataType type, const std::vector<Value>& values,
                 const std::vector<gpu::RealOf<Value>>& features,
                 const BatchShape& shape, BlurOrder order,
                 std::vector<Value>* output) {
  output->resize(values.size());
  int64_t value_sizes[] = {shape.images, shape.points, shape.channels};
  int64_t feature_sizes[] = {shape.images, shape.points, shape.dim};
  const auto feature_type = type == XLA_FFI_DataType_F64
                                ? XLA_FFI_DataType_F64
                                : XLA_FFI_DataType_F32;
  XLA_FFI_Buffer buffers[] = {
      Buffer(type, values.data(), value_sizes),
      Buffer(feature_type, features.data(), feature_sizes),
      Buffer(type, output->data(), value_sizes)};
  XLA_FFI_ArgType arg_types[] = {XLA_FFI_ArgType_BUFFER,
                                 XLA_FFI_ArgType_BUFFER};
  void* args[] = {&buffers[0], &buffers[1]};
  XLA_FFI_RetType ret_types[] = {XLA_FFI_RetType_BUFFER};
  void* rets[] = {&buffers[2]};
  int32_t order_value = static_cast<int32_t>(order);
  XLA_FFI_Scalar scalar{XLA_FFI_DataType_S32, &order_value};
  XLA_FFI_AttrType attr_types[] = {XLA_FFI_AttrType_SCALAR};
  XLA_FFI_ByteSpan name{kOrderAttribute, std::strlen(kOrderAttribute)};
  XLA_FFI_ByteSpan* names[] = {&name};
  void* attrs[] = {&scalar};

  XLA_FFI_CallFrame frame{};
  frame.struct_size = XLA_FFI_CallFrame_STRUCT_SIZE;
  frame.api = xla::ffi::GetXlaFfiApi();
  frame.stage = XLA_FFI_ExecutionStage_EXECUTE;
  frame.args = {XLA_FFI_Args_STRUCT_SIZE, nullptr, 2, arg_types, args};
  frame.rets = {XLA_FFI_Rets_STRUCT_SIZE, nullptr, 1, ret_types, rets};
  frame.attrs = {XLA_FFI_Attrs_STRUCT_SIZE, nullptr, 1, attr_types, names,
                 attrs};
  XLA_FFI_Error* error = handler(&frame);
  CHECK_TRUE(pieces.empty());
  CHECK_TRUE(copies.empty());
  const std::string text = error == nullptr ? "" : error->message;
  delete error;
  return text;
}

template <typename Value>
void FiltersLikeTheLauncher(XLA_FFI_DataType type) {
  const BatchShape shape{2, 700, 3, 5};
  const auto features = Normal<gpu::RealOf<Value>>(2 * 700 * 5, 1.5, 1);
  std::vector<Value> values;
  for (const float number : Normal<float>(2 * 700 * 3, 1, 2)) {
    Value value;
    gpu::FromReal(number, &value);
    values.push_back(value);
  }
  for (const BlurOrder order : shim::kOrders) {
    std::vector<Value> output;
    CHECK_TRUE(Call(type, values, features, shape, order, &output).empty());
    CHECK_TRUE(SameBits(
        output, shim::FilterOnShim(values, features, shape, order)));
  }
}

void SaysWhatIsWrong() {
  const BatchShape shape{2, 9, 1, 2};
  auto features = Normal<float>(2 * 9 * 2, 1, 1);
  const std::vector<float> values(2 * 9, 1.0f);
  std::vector<float> output;
  features[(9 + 4) * 2] = 1e9f;
  features[(9 + 4) * 2 + 1] = 0.5f;
  std::string error = Call(XLA_FFI_DataType_F32, values, features, shape,
                           BlurOrder::kForward, &output);
  CHECK_TRUE(error.find("of magnitude up to") != std::string::npos);
  CHECK_TRUE(error.find("features[1, 4] = [1e+09, 0.5]") != std::string::npos);

  features[(9 + 4) * 2] = 0;
  memory_ends = true;
  error = Call(XLA_FFI_DataType_F32, values, features, shape,
               BlurOrder::kForward, &output);
  memory_ends = false;
  CHECK_TRUE(error.find("memory that the filter needs") != std::string::npos);
}

}  // namespace
}  // namespace rloss

int main() {
  using namespace rloss;
  CHECK_TRUE(std::strcmp(platform, "CUDA") == 0);
  FiltersLikeTheLauncher<float>(XLA_FFI_DataType_F32);
  FiltersLikeTheLauncher<double>(XLA_FFI_DataType_F64);
  FiltersLikeTheLauncher<gpu::Half>(XLA_FFI_DataType_F16);
  FiltersLikeTheLauncher<gpu::Bfloat16>(XLA_FFI_DataType_BF16);
  SaysWhatIsWrong();
  return Report("permutohedral_filter_ffi_cuda_test");
}
