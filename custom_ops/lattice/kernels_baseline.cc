#define RLOSS_KERNEL_NAMESPACE baseline
#include "kernels_impl.h"
