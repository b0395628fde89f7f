// The GPU's filter for programs that have pointers and a stream: PyTorch or
// CuPy through ctypes. Calls return nullptr, or what went wrong; the text is
// valid until the thread's next call.
#ifndef RLOSS_GPU_C_API_H_
#define RLOSS_GPU_C_API_H_

#include <stddef.h>
#include <stdint.h>

extern "C" {

// Memory of the GPU; it must stay valid until the work with it is done.
typedef void* (*RlossAllocate)(void* user, size_t bytes);

struct RlossGpuLattice;

// Types of values: 0 float, 1 double, 2 half, 3 bfloat16. Features are double
// where values are double, else float. Orders: 0 forward, 1 reverse, 2 both.

// features [images][points][dim]; waits for the device once, or again where a
// table was too small.
const char* RlossGpuBuild(const void* features, int64_t images, int64_t points,
                          int dim, int type, void* stream,
                          RlossAllocate allocate, void* user,
                          RlossGpuLattice** lattice);

// values, output [images][points][channels].
const char* RlossGpuFilter(const RlossGpuLattice* lattice, int type,
                           const void* values, int64_t channels, int order,
                           void* stream, RlossAllocate allocate, void* user,
                           void* output);

// {vertices, rows, width of the image or 0, attempts}.
void RlossGpuInspect(const RlossGpuLattice* lattice, int64_t* four);

void RlossGpuRelease(RlossGpuLattice* lattice);

// Between the two, this thread's calls on `stream` leave marks. Then for each
// kernel and read-back, in order, a line "<name> <milliseconds>".
const char* RlossGpuBeginTrace(void* stream);
const char* RlossGpuEndTrace(char* lines, int64_t bytes);

// Compiles for compute capability `capability` without a GPU. The compiler's
// report (registers, shared memory, spills) goes to `report`.
const char* RlossGpuCompile(int capability, int dim, int type,
                            int64_t* code_bytes, char* report,
                            int64_t report_bytes);

// The CPU's filter, to compare with; type 0 or 1.
const char* RlossCpuFilter(const void* values, const void* features,
                           int64_t images, int64_t points, int channels,
                           int dim, int type, int order, void* output);
}

#endif  // RLOSS_GPU_C_API_H_
