// Compiles the kernels for a GPU, by NVIDIA's run-time compiler.
#ifndef RLOSS_GPU_DRIVER_COMPILER_H_
#define RLOSS_GPU_DRIVER_COMPILER_H_

#include <string>

#include "device_interface.h"

namespace rloss {
namespace gpu {

// What a program is compiled for: machine code for this processor where the
// compiler knows it, else an intermediate text that the driver translates.
struct Target {
  int capability;             // 90 for compute capability 9.0
  int driver_major = 1 << 30; // newer compilers' code it cannot load
  bool verbose = false;       // *log: registers, shared memory and spills
};

// The program's code, from the cache of this process' user if it is there.
Error CompileProgram(const Program& program, const Target& target,
                     std::string* code);

// The same, always compiled anew. *log has what the compiler said.
Error CompileAnew(const Program& program, const Target& target,
                  std::string* code, std::string* log);

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_DRIVER_COMPILER_H_
