#define RLOSS_KERNEL_NAMESPACE avx512
#include "kernels_impl.h"
