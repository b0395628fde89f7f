// The text of the kernels, which the library carries and NVRTC compiles.
#ifndef RLOSS_GPU_DRIVER_DEVICE_TEXT_H_
#define RLOSS_GPU_DRIVER_DEVICE_TEXT_H_

#include <vector>

namespace rloss {
namespace gpu {

struct TextFile {
  const char* name;  // as `#include` writes it
  const char* text;
};

// The text of program.cu.
const char* ProgramText();

// The files that program.cu includes, directly or through others.
const std::vector<TextFile>& ProgramHeaders();

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_DRIVER_DEVICE_TEXT_H_
