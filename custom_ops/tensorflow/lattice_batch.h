// The lattices of a batch, which one op hands to another in a variant.
#ifndef RLOSS_TENSORFLOW_LATTICE_BATCH_H_
#define RLOSS_TENSORFLOW_LATTICE_BATCH_H_

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "../lattice/batch.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/tensor.h"
#include "tensorflow/core/framework/variant.h"
#include "tensorflow/core/framework/variant_op_registry.h"
#include "tensorflow/core/framework/variant_tensor_data.h"

namespace rloss {

// The value of the variant, in the host's memory. All copies share the
// lattices, which never change once they are built. `Device::kName` is the type
// of device, and `Device::Lattices<Real>` holds the lattices of a batch there.
template <typename Device, typename Real>
struct LatticeBatch {
  std::shared_ptr<const typename Device::template Lattices<Real>> lattices;
  BatchShape shape;

  static std::string TypeName() {
    return absl::StrCat(
        "rloss::LatticeBatch<", Device::kName,
        std::is_same_v<Real, double> ? ", double>" : ", float>");
  }
  std::string DebugString() const {
    return absl::StrCat(TypeName(), "(images=", shape.images,
                        ", points=", shape.points, ")");
  }
  // A lattice lives in memory only and cannot be saved: Decode() always fails.
  void Encode(tensorflow::VariantTensorData* data) const {
    data->set_type_name(TypeName());
  }
  bool Decode(const tensorflow::VariantTensorData&) { return false; }
};

struct OnCpu {
  static constexpr char kName[] = "CPU";
  template <typename Real>
  using Lattices = std::vector<Lattice<Real>>;
};
template <typename Real>
using CpuLatticeBatch = LatticeBatch<OnCpu, Real>;

// Sets *batch to the batch in a tensor that PermutohedralLattice made. Returns
// an error if there is none, or one that does not fit `values_type`.
template <typename Device, typename Real>
absl::Status GetLattices(const Tensor& lattice,
                         tensorflow::DataType values_type,
                         const LatticeBatch<Device, Real>** batch) {
  if (lattice.dims() != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("`lattice` must be a scalar. Received shape ",
                     lattice.shape().DebugString()));
  }
  const auto& variant = lattice.scalar<tensorflow::Variant>()();
  *batch = variant.get<LatticeBatch<Device, Real>>();
  if (*batch != nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "`lattice` must come from PermutohedralLattice on a ", Device::kName,
      " with features of type ",
      tensorflow::DataTypeString(tensorflow::DataTypeToEnum<Real>::value),
      " for values of type ", tensorflow::DataTypeString(values_type),
      ". Received ", variant.TypeName()));
}

// Loops ask for the gradient of everything they carry. The gradient of a
// lattice is an empty batch, and so is the sum of two gradients.
template <typename Batch>
absl::Status NoGradient(OpKernelContext*, const Batch&, Batch* gradient) {
  *gradient = {};
  return absl::OkStatus();
}

template <typename Batch>
absl::Status AddNoGradients(OpKernelContext*, const Batch&, const Batch&,
                            Batch* sum) {
  *sum = {};
  return absl::OkStatus();
}

// Registers both for a type of batch on its device. `Batch` must be written
// without a comma.
#define RLOSS_REGISTER_NO_GRADIENT(Batch, device)                           \
  REGISTER_UNARY_VARIANT_UNARY_OP_FUNCTION(                                 \
      tensorflow::ZEROS_LIKE_VARIANT_UNARY_OP, device, Batch,               \
      NoGradient<Batch>);                                                   \
  REGISTER_UNARY_VARIANT_BINARY_OP_FUNCTION(                                \
      tensorflow::ADD_VARIANT_BINARY_OP, device, Batch, AddNoGradients<Batch>)

}  // namespace rloss

#endif  // RLOSS_TENSORFLOW_LATTICE_BATCH_H_
