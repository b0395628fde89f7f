// The lattices of a batch on the CPU, as ops hand them to each other.
#ifndef RLOSS_TENSORFLOW_LATTICE_BATCH_H_
#define RLOSS_TENSORFLOW_LATTICE_BATCH_H_

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "../lattice/batch.h"
#include "tensorflow/core/framework/tensor.h"
#include "tensorflow/core/framework/variant.h"
#include "tensorflow/core/framework/variant_tensor_data.h"

namespace rloss {

// What the variant holds: shared, never changed once built.
template <typename Real>
struct LatticeBatch {
  std::shared_ptr<const std::vector<Lattice<Real>>> lattices;
  BatchShape shape;

  static std::string TypeName() {
    return std::is_same_v<Real, double> ? "rloss::LatticeBatch<double>"
                                        : "rloss::LatticeBatch<float>";
  }
  std::string DebugString() const {
    return absl::StrCat(TypeName(), "(images=", shape.images,
                        ", points=", shape.points, ")");
  }
  // A lattice lives in memory only; an encoded one decodes to nothing.
  void Encode(tensorflow::VariantTensorData* data) const {
    data->set_type_name(TypeName());
  }
  bool Decode(const tensorflow::VariantTensorData&) { return false; }
};

// What a tensor that PermutohedralLattice made holds, for values of a type.
template <typename Real>
absl::Status GetLattices(const tensorflow::Tensor& lattice,
                         tensorflow::DataType values_type,
                         const LatticeBatch<Real>** batch) {
  if (lattice.dims() != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("`lattice` must be a scalar. Received shape ",
                     lattice.shape().DebugString()));
  }
  const auto& variant = lattice.scalar<tensorflow::Variant>()();
  *batch = variant.get<LatticeBatch<Real>>();
  if (*batch != nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "`lattice` must come from PermutohedralLattice with features of type ",
      tensorflow::DataTypeString(tensorflow::DataTypeToEnum<Real>::value),
      " for values of type ", tensorflow::DataTypeString(values_type),
      ". Received ", variant.TypeName()));
}

}  // namespace rloss

#endif  // RLOSS_TENSORFLOW_LATTICE_BATCH_H_
