// The names on which XLA kernels and the handlers that they call must agree.
#ifndef RLOSS_TENSORFLOW_XLA_CALL_H_
#define RLOSS_TENSORFLOW_XLA_CALL_H_

namespace rloss {

// The custom call (values, features) -> filtered has this name on every
// platform.
inline constexpr char kFilterCall[] = "rloss_permutohedral_filter";
// Its attributes are int32: the value of the BlurOrder, and 1 for an equalized
// lattice, else 0.
inline constexpr char kOrderAttribute[] = "order";
inline constexpr char kEqualizedAttribute[] = "equalized";

// The custom call (values, image, region) -> (filtered, degrees, within,
// degree, total). Its attributes are kEqualizedAttribute and an array of floats:
// the bandwidths of x, y (and z), and then that of each colour.
inline constexpr char kFormsCall[] = "rloss_bilateral_forms";
inline constexpr char kSigmaAttribute[] = "sigma";

}  // namespace rloss

#endif  // RLOSS_TENSORFLOW_XLA_CALL_H_
