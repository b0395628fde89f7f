// The GPU's filter and quadratic forms for programs that have pointers to GPU
// memory and a stream, such as PyTorch or CuPy through ctypes. A call returns
// nullptr, or a message about what went wrong, which is valid until the
// thread's next call.
#ifndef RLOSS_GPU_C_API_C_API_H_
#define RLOSS_GPU_C_API_C_API_H_

#include <stddef.h>
#include <stdint.h>

extern "C" {

// Allocates memory of the GPU. It must stay valid until the work with it is
// done.
typedef void* (*RlossAllocate)(void* user, size_t bytes);

struct RlossGpuLattice;

// `type` is that of the values: 0 float, 1 double, 2 half, 3 bfloat16. Features
// are double if values are double, else float. `order` is the order of the axes
// in the blur: 0 forward, 1 reverse, 2 the mean of both.

// Builds the lattices of `features` [images][points][dim]; `equalized` is 1 for
// equalized lattices, else 0. Waits for the device, once for each attempt: if a
// table was too small, there is another attempt.
const char* RlossGpuBuild(const void* features, int64_t images, int64_t points,
                          int dim, int type, int equalized, void* stream,
                          RlossAllocate allocate, void* user,
                          RlossGpuLattice** lattice);

// Filters `values` to `output`, both [images][points][channels].
const char* RlossGpuFilter(const RlossGpuLattice* lattice, int type,
                           const void* values, int64_t channels, int order,
                           void* stream, RlossAllocate allocate, void* user,
                           void* output);

// Writes four numbers: vertices, rows, the width of the image (0 if the points
// are no image), attempts.
void RlossGpuInspect(const RlossGpuLattice* lattice, int64_t* four);

void RlossGpuRelease(RlossGpuLattice* lattice);

// Times the kernels and read-backs that this thread launches on `stream`
// between the two calls. The second one writes a line "<name> <milliseconds>"
// for each, in order, to `lines`, which has room for `bytes` bytes.
const char* RlossGpuBeginTrace(void* stream);
const char* RlossGpuEndTrace(char* lines, int64_t bytes);

// Compiles for compute capability `capability` (90 for 9.0); needs no GPU.
// Writes the compiler's report (registers, shared memory, spills) to `report`.
const char* RlossGpuCompile(int capability, int dim, int type,
                            int64_t* code_bytes, char* report,
                            int64_t report_bytes);

// Filters on the CPU, for comparison; `type` is 0 or 1.
const char* RlossCpuFilter(const void* values, const void* features,
                           int64_t images, int64_t points, int channels,
                           int dim, int type, int equalized, int order,
                           void* output);

// The quadratic forms. `type` is that of all arrays: 0 float, 1 double.

// Images, with 2 axes, or volumes, with 3.
struct RlossImages {
  const void* image;  // [images][points][colours]
  int64_t images, points, height, width;
  int axes, colours;
  float sigma_xyz, sigma_color;  // of all axes and of all colours
  int type, equalized;
};

// The forms of values S with the factors R of the pixels and their affinity W.
struct RlossForms {
  void* filtered;  // [images][points][channels]  R W R S
  void* degrees;   // [images][points]            R W R 1
  void* within;    // [images][channels]          S_k' R W R S_k
  void* degree;    // [images][channels]          S_k' R W R 1
  void* total;     // [images]                    1' R W R 1
};

// Two of the forms, `filtered` and `degrees`, and the derivatives of a loss
// with respect to two others, `within` and `degree`.
struct RlossFormsDerivatives {
  const void* filtered;
  const void* degrees;
  const void* within;
  const void* degree;
};

// Writes the features [images][points][axes + colours] that RlossGpuBuild takes.
const char* RlossGpuFeatures(const RlossImages* images, void* stream,
                             void* features);

// Computes the forms of `values` [images][points][channels] with the factors
// `region` [images][points], or null for all ones. All are of the lattice's
// type.
const char* RlossGpuForms(const RlossGpuLattice* lattice, const void* values,
                          const void* region, int64_t channels, void* stream,
                          RlossAllocate allocate, void* user,
                          const RlossForms* forms);

// Computes the gradient of the loss with respect to the values:
// gradient [images][points][channels] = 2 within_k filtered_k + degree_k
// degrees.
const char* RlossGpuMixForms(const RlossFormsDerivatives* forms, int type,
                             int64_t images, int64_t points, int64_t channels,
                             void* stream, void* gradient);

// Compute the same on the CPU, for comparison.
const char* RlossCpuForms(const RlossImages* images, const void* values,
                          const void* region, int channels,
                          const RlossForms* forms);
const char* RlossCpuMixForms(const RlossFormsDerivatives* forms, int type,
                             int64_t images, int64_t points, int channels,
                             void* gradient);
}

#endif  // RLOSS_GPU_C_API_C_API_H_
