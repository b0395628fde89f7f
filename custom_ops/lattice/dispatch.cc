// Chooses the kernels for this processor at run time.
#include <cstdlib>
#include <cstring>

#include "kernels.h"

namespace rloss {

#define RLOSS_DECLARE_KERNELS(isa)                            \
  namespace isa {                                             \
  const Kernels<float>& FloatKernels(int dim, int stride);    \
  const Kernels<double>& DoubleKernels(int dim, int stride);  \
  }
RLOSS_DECLARE_KERNELS(baseline)
#ifdef RLOSS_HAVE_X86_KERNELS
RLOSS_DECLARE_KERNELS(avx2)
RLOSS_DECLARE_KERNELS(avx512)
#endif

namespace {

enum class Isa { kBaseline, kAvx2, kAvx512 };

Isa DetectIsa() {
#ifdef RLOSS_HAVE_X86_KERNELS
  // RLOSS_ISA=baseline or avx2 lowers the choice, for tests and bug reports.
  const char* limit = std::getenv("RLOSS_ISA");
  if (limit != nullptr && std::strcmp(limit, "baseline") == 0) {
    return Isa::kBaseline;
  }
  const bool allow_avx512 =
      limit == nullptr || std::strcmp(limit, "avx2") != 0;
  if (allow_avx512 && __builtin_cpu_supports("avx512f") &&
      __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw")) {
    return Isa::kAvx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return Isa::kAvx2;
  }
#endif
  return Isa::kBaseline;
}

Isa ChosenIsa() {
  static const Isa isa = DetectIsa();
  return isa;
}

}  // namespace

template <>
const Kernels<float>& SelectKernels<float>(int dim, int stride) {
#ifdef RLOSS_HAVE_X86_KERNELS
  if (ChosenIsa() == Isa::kAvx512) return avx512::FloatKernels(dim, stride);
  if (ChosenIsa() == Isa::kAvx2) return avx2::FloatKernels(dim, stride);
#endif
  return baseline::FloatKernels(dim, stride);
}

template <>
const Kernels<double>& SelectKernels<double>(int dim, int stride) {
#ifdef RLOSS_HAVE_X86_KERNELS
  if (ChosenIsa() == Isa::kAvx512) return avx512::DoubleKernels(dim, stride);
  if (ChosenIsa() == Isa::kAvx2) return avx2::DoubleKernels(dim, stride);
#endif
  return baseline::DoubleKernels(dim, stride);
}

const char* InstructionSet() {
  switch (ChosenIsa()) {
    case Isa::kAvx512: return "avx512";
    case Isa::kAvx2: return "avx2";
    case Isa::kBaseline: break;
  }
  return "baseline";
}

}  // namespace rloss
