// Functions that the XLA kernels of filters and of mean field share: the custom
// call that the handlers in permutohedral_filter_ffi*.cc carry out, and the
// form that a lattice has in XLA.
#ifndef RLOSS_TENSORFLOW_XLA_FILTER_H_
#define RLOSS_TENSORFLOW_XLA_FILTER_H_

#include "cpu_support.h"
#include "xla/hlo/builder/xla_builder.h"
#include "xla/shape_util.h"
#include "xla_call.h"

namespace rloss {

// Returns the same shape with row-major memory, which the handlers expect.
inline xla::Shape RowMajor(const xla::Shape& shape) {
  return xla::ShapeUtil::MakeShapeWithDescendingLayout(shape.element_type(),
                                                       shape.dimensions());
}

// The inputs from which the custom call builds a lattice.
struct LatticeRecipe {
  xla::XlaOp features;
  bool equalized = false;
};

inline absl::StatusOr<xla::XlaOp> CallFilter(xla::XlaOp values,
                                      const LatticeRecipe& lattice,
                                      BlurOrder order) {
  xla::XlaBuilder* builder = values.builder();
  TF_ASSIGN_OR_RETURN(xla::Shape values_shape, builder->GetShape(values));
  TF_ASSIGN_OR_RETURN(xla::Shape features_shape,
                      builder->GetShape(lattice.features));
  const tensorflow::TensorShape points(features_shape.dimensions());
  TF_RETURN_IF_ERROR(CheckFeatures(points));
  TF_RETURN_IF_ERROR(CheckValues(tensorflow::TensorShape(values_shape.dimensions()),
                                 points.dim_size(0), points.dim_size(1)));
  if (xla::ShapeUtil::ElementsIn(values_shape) == 0) return values;
  return xla::CustomCallWithLayout(
      builder, kFilterCall, {values, lattice.features}, RowMajor(values_shape),
      {RowMajor(values_shape), RowMajor(features_shape)},
      absl::StrCat("{", kOrderAttribute, " = ", static_cast<int>(order),
                   " : i32, ", kEqualizedAttribute, " = ",
                   static_cast<int>(lattice.equalized), " : i32}"),
      /*has_side_effect=*/false, /*output_operand_aliasing=*/{},
      /*literal=*/nullptr, xla::CustomCallSchedule::SCHEDULE_NONE,
      xla::CustomCallApiVersion::API_VERSION_TYPED_FFI);
}

// Unpacks the form that PermutohedralLatticeXla gives to a lattice.
inline absl::StatusOr<LatticeRecipe> RecipeOf(xla::XlaOp lattice, bool is_double) {
  TF_ASSIGN_OR_RETURN(xla::Shape shape, lattice.builder()->GetShape(lattice));
  const xla::PrimitiveType wanted = is_double ? xla::F64 : xla::F32;
  if (shape.IsTuple() && shape.tuple_shapes().size() == 2 &&
      shape.tuple_shapes(0).element_type() == wanted) {
    const auto& sizes = shape.tuple_shapes(0).dimensions();
    const xla::XlaOp features = xla::GetTupleElement(lattice, 0);
    return LatticeRecipe{
        xla::Reshape(features, {sizes[0], sizes[1], sizes[2]}),
        /*equalized=*/sizes.size() == 4};
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "`lattice` must come from PermutohedralLattice with features of type ",
      is_double ? "double" : "float", " for these values. Received ",
      shape.ToString()));
}

}  // namespace rloss

#endif  // RLOSS_TENSORFLOW_XLA_FILTER_H_
