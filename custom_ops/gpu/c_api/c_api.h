// The GPU's filter and quadratic forms for programs that have pointers and a
// stream: PyTorch or CuPy through ctypes. Calls return nullptr, or what went
// wrong; the text is valid until the thread's next call.
#ifndef RLOSS_GPU_C_API_C_API_H_
#define RLOSS_GPU_C_API_C_API_H_

#include <stddef.h>
#include <stdint.h>

extern "C" {

// Memory of the GPU; it must stay valid until the work with it is done.
typedef void* (*RlossAllocate)(void* user, size_t bytes);

struct RlossGpuLattice;

// Types of values: 0 float, 1 double, 2 half, 3 bfloat16. Features are double
// where values are double, else float. Orders: 0 forward, 1 reverse, 2 both.

// features [images][points][dim]; equalized: 1 for such lattices, else 0. Waits
// for the device once, or again where a table was too small.
const char* RlossGpuBuild(const void* features, int64_t images, int64_t points,
                          int dim, int type, int equalized, void* stream,
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
                           int dim, int type, int equalized, int order,
                           void* output);

// The quadratic forms; all numbers are Real of `type`, 0 float or 1 double.

struct RlossImages {
  const void* image;  // [images][points / width][width][colours]
  int64_t images, points, width;
  int colours;
  float sigma_xy, sigma_rgb;
  int type, equalized;
};

// Of values S and factors R of the pixels.
struct RlossForms {
  void* filtered;  // [images][points][channels]  R W R S
  void* degrees;   // [images][points]            R W R 1
  void* within;    // [images][channels]          S_k' R W R S_k
  void* degree;    // [images][channels]          S_k' R W R 1
  void* total;     // [images]                    1' R W R 1
};

// Two of the forms, and the derivatives of a loss by two others.
struct RlossFormsDerivatives {
  const void* filtered;
  const void* degrees;
  const void* within;
  const void* degree;
};

// features [images][points][colours + 2], of which RlossGpuBuild makes the
// lattices.
const char* RlossGpuFeatures(const RlossImages* images, void* stream,
                             void* features);

// values [images][points][channels]; region [images][points], or null for all
// ones; of the lattice's type.
const char* RlossGpuForms(const RlossGpuLattice* lattice, const void* values,
                          const void* region, int64_t channels, void* stream,
                          RlossAllocate allocate, void* user,
                          const RlossForms* forms);

// gradient [images][points][channels] = 2 within_k filtered_k + degree_k
// degrees.
const char* RlossGpuMixForms(const RlossFormsDerivatives* forms, int type,
                             int64_t images, int64_t points, int64_t channels,
                             void* stream, void* gradient);

// The same by the CPU, to compare with.
const char* RlossCpuForms(const RlossImages* images, const void* values,
                          const void* region, int channels,
                          const RlossForms* forms);
const char* RlossCpuMixForms(const RlossFormsDerivatives* forms, int type,
                             int64_t images, int64_t points, int channels,
                             void* gradient);
}

#endif  // RLOSS_GPU_C_API_C_API_H_
