// The types of values, and the type they are summed in.
#ifndef RLOSS_GPU_KERNELS_NUMBER_TYPES_H_
#define RLOSS_GPU_KERNELS_NUMBER_TYPES_H_

#include <cstdint>

namespace rloss {
namespace gpu {

// Numbers of 16 bits. They are converted here, because NVIDIA's headers may not
// be installed.
struct Half {
  uint16_t bits;
};
struct Bfloat16 {
  uint16_t bits;
};

template <typename Value>
struct RealType {
  typedef float Type;
};
template <>
struct RealType<double> {
  typedef double Type;
};
template <typename Value>
using RealOf = typename RealType<Value>::Type;

union FloatBits {
  float number;
  uint32_t bits;
};

inline float FromBits(uint32_t bits) {
  FloatBits both;
  both.bits = bits;
  return both.number;
}
inline uint32_t ToBits(float number) {
  FloatBits both;
  both.number = number;
  return both.bits;
}

inline float ToReal(float value) { return value; }
inline double ToReal(double value) { return value; }
inline float ToReal(Bfloat16 value) {
  return FromBits(uint32_t{value.bits} << 16);
}
inline float ToReal(Half value) {
  const uint32_t sign = uint32_t{value.bits & 0x8000u} << 16;
  const uint32_t magnitude = value.bits & 0x7fffu;
  if (magnitude >= 0x7c00u) {  // infinite or NaN
    return FromBits(sign | 0x7f800000u | (magnitude & 0x3ffu) << 13);
  }
  // The exponent's bias is 112 less than that of float. Multiplying by 2^112
  // makes up for it, and is right for subnormal numbers too.
  const float scaled = FromBits(magnitude << 13) * FromBits(0x77800000u);
  return FromBits(sign | ToBits(scaled));
}

inline void FromReal(float real, float* value) { *value = real; }
inline void FromReal(double real, double* value) { *value = real; }
inline void FromReal(float real, Bfloat16* value) {
  const uint32_t bits = ToBits(real);
  if ((bits & 0x7fffffffu) > 0x7f800000u) {
    value->bits = static_cast<uint16_t>(bits >> 16 | 0x40u);  // stays a NaN
    return;
  }
  // Rounds to nearest, ties to even.
  value->bits =
      static_cast<uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}
inline void FromReal(float real, Half* value) {
  const uint32_t bits = ToBits(real);
  const uint32_t sign = bits >> 16 & 0x8000u;
  const uint32_t magnitude = bits & 0x7fffffffu;
  uint32_t half;
  if (magnitude > 0x7f800000u) {
    half = 0x7e00u;
  } else if (magnitude >= 0x477ff000u) {  // 65,520 rounds to infinity
    half = 0x7c00u;
  } else if (magnitude < 0x38800000u) {  // subnormal: adding 1/2 rounds it
    half = ToBits(FromBits(magnitude) + 0.5f) - 0x3f000000u;
  } else {
    half = (magnitude - 0x38000000u + 0xfffu + (magnitude >> 13 & 1u)) >> 13;
  }
  value->bits = static_cast<uint16_t>(sign | half);
}

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_KERNELS_NUMBER_TYPES_H_
