#include "shim_device.h"

#include <cstdlib>
#include <cstring>

#include "../kernels/layout.h"
#include "programs.h"

namespace rloss {
namespace gpu {
namespace shim {
namespace {

constexpr char kRubbish = static_cast<char>(0xA5);
constexpr size_t kGuardBytes = 4096;

const Entries& EntriesOf(const Program& program) {
  switch (program.type) {
    case ValueType::kFloat: return FloatPrograms(program.dim);
    case ValueType::kDouble: return DoublePrograms(program.dim);
    case ValueType::kHalf: return HalfPrograms(program.dim);
    default: return Bfloat16Programs(program.dim);
  }
}

}  // namespace

Error ShimDevice::Launch(const Program& program, Kernel kernel,
                         const Grid& grid, void** arguments) {
  const Entry entry = EntriesOf(program).of_kernel[static_cast<int>(kernel)];
  Index size;
  size.x = static_cast<uint32_t>(grid.x);
  size.y = static_cast<uint32_t>(grid.y);
  size.z = static_cast<uint32_t>(grid.z);
  RunOptions options = options_;
  options.seed += 1000003 * launched_.size();
  launched_.push_back(kernel);
  RunGrid(size, kThreads, options, [&] { entry(arguments); });
  return {};
}

Error ShimDevice::ReadBack(const void* device_memory, size_t bytes,
                           void* host_memory) {
  ++read_backs_;
  std::memcpy(host_memory, device_memory, bytes);
  return {};
}

ShimMemory::~ShimMemory() {
  for (const Piece& piece : pieces_) {
    std::memset(piece.memory, kRubbish, piece.bytes);
    std::free(piece.memory);
  }
}

Allocate ShimMemory::allocate() {
  return [this](size_t bytes) -> void* {
    const size_t whole = (bytes + kGuardBytes + 255) / 256 * 256;
    char* memory = static_cast<char*>(std::aligned_alloc(256, whole));
    std::memset(memory, kRubbish, whole);
    pieces_.push_back({memory, bytes});
    bytes_ += bytes;
    return memory;
  };
}

bool ShimMemory::Intact() const {
  for (const Piece& piece : pieces_) {
    for (size_t i = 0; i < kGuardBytes; ++i) {
      if (piece.memory[piece.bytes + i] != kRubbish) return false;
    }
  }
  return true;
}

}  // namespace shim
}  // namespace gpu
}  // namespace rloss
