// The functions of the CUDA driver that are used, opened at run time. They are
// declared here, so that building needs none of NVIDIA's headers.
#ifndef RLOSS_GPU_DRIVER_CUDA_DRIVER_H_
#define RLOSS_GPU_DRIVER_CUDA_DRIVER_H_

#include <cstddef>
#include <cstdint>

#include "device_interface.h"
#include "shared_library.h"

namespace rloss {
namespace gpu {

typedef int CudaResult;  // 0 is success
typedef struct OpaqueContext* CudaContext;
typedef struct OpaqueModule* CudaModule;
typedef struct OpaqueFunction* CudaFunction;
typedef void* CudaStream;
typedef uint64_t CudaAddress;
typedef void (*CudaCallback)(CudaStream, CudaResult, void*);

// The driver's numbers of a device's attributes.
constexpr int kCapabilityMajor = 75;
constexpr int kCapabilityMinor = 76;

struct CudaDriver {
  SharedLibrary library;
  int version = 0;  // 12040 for 12.4

  CudaResult (*initialize)(unsigned);
  CudaResult (*get_version)(int*);
  CudaResult (*describe)(CudaResult, const char**);
  CudaResult (*stream_context)(CudaStream, CudaContext*);
  CudaResult (*push_context)(CudaContext);
  CudaResult (*pop_context)(CudaContext*);
  CudaResult (*context_device)(int*);
  CudaResult (*device_attribute)(int*, int, int);
  CudaResult (*load_module)(CudaModule*, const void*);
  CudaResult (*find_function)(CudaFunction*, CudaModule, const char*);
  CudaResult (*launch)(CudaFunction, unsigned, unsigned, unsigned, unsigned,
                       unsigned, unsigned, unsigned, CudaStream, void**,
                       void**);
  CudaResult (*copy_to_host)(void*, CudaAddress, size_t, CudaStream);
  CudaResult (*add_callback)(CudaStream, CudaCallback, void*, unsigned);
  CudaResult (*synchronize)(CudaStream);

  // Returns "<what> failed: <the driver's words>", or no error for success.
  Error Check(CudaResult result, const char* what) const;
};

// Opens the driver at first use. Returns an error if the machine has none.
Error OpenDriver(const CudaDriver** driver);

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_DRIVER_CUDA_DRIVER_H_
