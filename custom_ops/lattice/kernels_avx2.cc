#define RLOSS_KERNEL_NAMESPACE avx2
#include "kernels_impl.h"
