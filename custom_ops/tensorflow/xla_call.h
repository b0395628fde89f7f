// What the XLA kernels and the handlers that they call have to agree on.
#ifndef RLOSS_TENSORFLOW_XLA_CALL_H_
#define RLOSS_TENSORFLOW_XLA_CALL_H_

namespace rloss {

// The custom call (values, features) -> filtered, by the same name on every
// platform.
inline constexpr char kFilterCall[] = "rloss_permutohedral_filter";
// Its attribute, an int32: the value of the BlurOrder.
inline constexpr char kOrderAttribute[] = "order";

// The custom call (values, image, region) -> (filtered, degrees, within,
// degree, total), and its attributes, two floats.
inline constexpr char kFormsCall[] = "rloss_bilateral_forms";
inline constexpr char kSigmaXyAttribute[] = "sigma_xy";
inline constexpr char kSigmaRgbAttribute[] = "sigma_rgb";

}  // namespace rloss

#endif  // RLOSS_TENSORFLOW_XLA_CALL_H_
