// Plays the parts of XLA and of a GPU in the test of a handler. The test has
// only one file and includes this one. The kernels run on the processor.
#ifndef RLOSS_TENSORFLOW_FFI_CUDA_TEST_SUPPORT_H_
#define RLOSS_TENSORFLOW_FFI_CUDA_TEST_SUPPORT_H_

#include <cstring>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "../gpu/driver/cuda_device.h"
#include "../gpu/kernels/layout.h"
#include "../gpu/kernels/number_types.h"
#include "../gpu/on_cpu/shim_device.h"
#include "../lattice/test_support.h"
#include "xla/ffi/api/c_api.h"

struct XLA_FFI_Error {
  std::string message;
  XLA_FFI_Error_Code code;
};

namespace rloss {
namespace {

namespace shim = gpu::shim;

int streamed = 0;
void* const kStream = &streamed;
// Registration sets it before main(), maybe before constructors of this file
// run.
XLA_FFI_Handler* handler = nullptr;
char platform[8] = "";
char call_name[64] = "";

// A piece of the GPU's memory, from an allocator that aligns to 16 bytes only.
struct Piece {
  std::vector<char> memory;
  void* data;
  size_t bytes;
};
std::vector<Piece> pieces;
bool memory_ends = false;

// A copy from the GPU to the host. It arrives only when the host waits for it.
struct Copy {
  const void* from;
  void* to;
  size_t bytes;
};
std::vector<Copy> copies;

}  // namespace

// Implements cuda_device.h instead of cuda_device.cc.
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
  std::strncpy(call_name, args->name.ptr, sizeof(call_name) - 1);
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

template <typename T>
constexpr XLA_FFI_DataType DataTypeOf() {
  if (std::is_same_v<T, double>) return XLA_FFI_DataType_F64;
  if (std::is_same_v<T, gpu::Half>) return XLA_FFI_DataType_F16;
  if (std::is_same_v<T, gpu::Bfloat16>) return XLA_FFI_DataType_BF16;
  if (std::is_same_v<T, int32_t>) return XLA_FFI_DataType_S32;
  return XLA_FFI_DataType_F32;
}

// A call of the handler: its arguments, results and attributes.
class Call {
 public:
  template <typename T>
  Call& Argument(const std::vector<T>& numbers, std::vector<int64_t> sizes) {
    args_.push_back(Add(numbers, std::move(sizes)));
    return *this;
  }
  template <typename T>
  Call& Result(const std::vector<T>& numbers, std::vector<int64_t> sizes) {
    rets_.push_back(Add(numbers, std::move(sizes)));
    return *this;
  }
  // Adds an attribute. XLA passes them in the order of the alphabet.
  template <typename T>
  Call& Attribute(const char* name, const T& value) {
    attr_types_.push_back(XLA_FFI_AttrType_SCALAR);
    return AddAttribute(name, XLA_FFI_Scalar{DataTypeOf<T>(),
                                             const_cast<T*>(&value)});
  }
  template <typename T>
  Call& Attribute(const char* name, const std::vector<T>& values) {
    attr_types_.push_back(XLA_FFI_AttrType_ARRAY);
    return AddAttribute(name, XLA_FFI_Array{DataTypeOf<T>(), values.size(),
                                            const_cast<T*>(values.data())});
  }

  // Calls the handler. Returns the text of its error, or an empty text.
  std::string Run() {
    std::vector<XLA_FFI_ArgType> arg_types(args_.size(),
                                           XLA_FFI_ArgType_BUFFER);
    std::vector<XLA_FFI_RetType> ret_types(rets_.size(),
                                           XLA_FFI_RetType_BUFFER);
    std::vector<XLA_FFI_ByteSpan*> names;
    for (XLA_FFI_ByteSpan& name : names_) names.push_back(&name);
    std::vector<void*> args = Addresses(&args_), rets = Addresses(&rets_);
    std::vector<void*> attrs;
    for (auto& attribute : attributes_) {
      attrs.push_back(std::visit([](auto& a) -> void* { return &a; }, attribute));
    }
    XLA_FFI_CallFrame frame{};
    frame.struct_size = XLA_FFI_CallFrame_STRUCT_SIZE;
    frame.api = xla::ffi::GetXlaFfiApi();
    frame.stage = XLA_FFI_ExecutionStage_EXECUTE;
    frame.args = {XLA_FFI_Args_STRUCT_SIZE, nullptr,
                  static_cast<int64_t>(args.size()), arg_types.data(),
                  args.data()};
    frame.rets = {XLA_FFI_Rets_STRUCT_SIZE, nullptr,
                  static_cast<int64_t>(rets.size()), ret_types.data(),
                  rets.data()};
    frame.attrs = {XLA_FFI_Attrs_STRUCT_SIZE, nullptr,
                   static_cast<int64_t>(attrs.size()), attr_types_.data(),
                   names.data(), attrs.data()};
    XLA_FFI_Error* error = handler(&frame);
    CHECK_TRUE(pieces.empty());
    CHECK_TRUE(copies.empty());
    const std::string text = error == nullptr ? "" : error->message;
    delete error;
    return text;
  }

 private:
  template <typename T>
  XLA_FFI_Buffer Add(const std::vector<T>& numbers,
                     std::vector<int64_t> sizes) {
    sizes_.push_back(std::make_unique<std::vector<int64_t>>(std::move(sizes)));
    std::vector<int64_t>& kept = *sizes_.back();
    return {XLA_FFI_Buffer_STRUCT_SIZE, nullptr, DataTypeOf<T>(),
            const_cast<T*>(numbers.data()), static_cast<int64_t>(kept.size()),
            kept.data()};
  }
  template <typename Attribute>
  Call& AddAttribute(const char* name, const Attribute& attribute) {
    names_.push_back({name, std::strlen(name)});
    attributes_.push_back(attribute);
    return *this;
  }
  template <typename T>
  static std::vector<void*> Addresses(std::vector<T>* all) {
    std::vector<void*> addresses;
    for (T& one : *all) addresses.push_back(&one);
    return addresses;
  }

  std::vector<std::unique_ptr<std::vector<int64_t>>> sizes_;
  std::vector<XLA_FFI_Buffer> args_, rets_;
  std::vector<XLA_FFI_ByteSpan> names_;
  std::vector<XLA_FFI_AttrType> attr_types_;
  std::vector<std::variant<XLA_FFI_Scalar, XLA_FFI_Array>> attributes_;
};

}  // namespace
}  // namespace rloss

#endif  // RLOSS_TENSORFLOW_FFI_CUDA_TEST_SUPPORT_H_
