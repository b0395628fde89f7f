// What the XLA kernels and the handlers that they call have to agree on.
#ifndef RLOSS_TENSORFLOW_XLA_CALL_H_
#define RLOSS_TENSORFLOW_XLA_CALL_H_

namespace rloss {

// The custom call (values, features) -> filtered, by the same name on every
// platform.
inline constexpr char kFilterCall[] = "rloss_permutohedral_filter";
// Its attributes, int32s: the value of the BlurOrder, and 1 for an equalized
// lattice, else 0.
inline constexpr char kOrderAttribute[] = "order";
inline constexpr char kEqualizedAttribute[] = "equalized";

// The custom call (values, image, region) -> (filtered, degrees, within,
// degree, total), and its attributes besides, two floats.
inline constexpr char kFormsCall[] = "rloss_bilateral_forms";
inline constexpr char kSigmaXyAttribute[] = "sigma_xy";
inline constexpr char kSigmaRgbAttribute[] = "sigma_rgb";

}  // namespace rloss

#endif  // RLOSS_TENSORFLOW_XLA_CALL_H_
