// Compiles the kernels for a GPU with NVRTC, NVIDIA's run-time compiler.
#ifndef RLOSS_GPU_DRIVER_COMPILER_H_
#define RLOSS_GPU_DRIVER_COMPILER_H_

#include <string>

#include "device_interface.h"

namespace rloss {
namespace gpu {

// The GPU that a program is compiled for. If the compiler knows the GPU, it
// makes machine code, else an intermediate text that the driver translates.
struct Target {
  int capability;  // 90 for compute capability 9.0
  // The driver's version of CUDA. It cannot load code of newer compilers.
  int driver_major = 1 << 30;
  bool verbose = false;  // log the use of registers and shared memory
};

// Writes the program's code to *code. Takes it from the user's cache if it is
// there; else compiles it and stores it there.
Error CompileProgram(const Program& program, const Target& target,
                     std::string* code);

// Compiles the program without the cache. *log receives the compiler's words.
Error CompileAnew(const Program& program, const Target& target,
                  std::string* code, std::string* log);

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_DRIVER_COMPILER_H_
