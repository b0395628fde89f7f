// The names of TensorFlow's classes that kernels use, and macros that register
// kernels.
#ifndef RLOSS_TENSORFLOW_REGISTRATION_H_
#define RLOSS_TENSORFLOW_REGISTRATION_H_

#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/register_types.h"

namespace rloss {

using ::tensorflow::AsyncOpKernel;
using ::tensorflow::OpInputList;
using ::tensorflow::OpKernel;
using ::tensorflow::OpKernelConstruction;
using ::tensorflow::OpKernelContext;
using ::tensorflow::Tensor;
using ::tensorflow::TensorShape;

}  // namespace rloss

// Registers Kernel<float> and Kernel<double> for `op` on `device`. The op's
// attribute `attribute` chooses between them.
#define RLOSS_REGISTER_REALS(op, device, attribute, Kernel)               \
  REGISTER_KERNEL_BUILDER(                                                \
      Name("Rloss>" op).Device(device).TypeConstraint<float>(attribute),  \
      Kernel<float>);                                                     \
  REGISTER_KERNEL_BUILDER(                                                \
      Name("Rloss>" op).Device(device).TypeConstraint<double>(attribute), \
      Kernel<double>)

// Registers an XLA kernel for all devices. `name` is Name("op"), constrained to
// types if need be. REGISTER_XLA_OP has no effect once any program has been
// compiled.
#define RLOSS_REGISTER_XLA(name, Kernel)                       \
  REGISTER_KERNEL_BUILDER(name.Device("XLA_CPU_JIT"), Kernel); \
  REGISTER_KERNEL_BUILDER(name.Device("XLA_GPU_JIT"), Kernel)

#endif  // RLOSS_TENSORFLOW_REGISTRATION_H_
