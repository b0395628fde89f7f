// Functions that XLA kernels share: they call the handlers in *_ffi*.cc, and
// pack and unpack the form that a lattice has in XLA.
#ifndef RLOSS_TENSORFLOW_XLA_SUPPORT_H_
#define RLOSS_TENSORFLOW_XLA_SUPPORT_H_

#include <string>

#include "cpu_support.h"
#include "tensorflow/compiler/tf2xla/xla_op_kernel.h"
#include "xla/hlo/builder/xla_builder.h"
#include "xla/shape_util.h"
#include "xla_call.h"

namespace rloss {

using ::tensorflow::XlaOpKernel;
using ::tensorflow::XlaOpKernelContext;

inline xla::Shape RowMajor(xla::PrimitiveType type, const TensorShape& shape) {
  return xla::ShapeUtil::MakeShapeWithDescendingLayout(type, shape.dim_sizes());
}

// Calls the handlers that are registered as `name`, on row-major memory.
inline xla::XlaOp CallHandler(const char* name,
                              absl::Span<const xla::XlaOp> inputs,
                              absl::Span<const xla::Shape> input_shapes,
                              const xla::Shape& output_shape,
                              const std::string& attributes) {
  return xla::CustomCallWithLayout(
      inputs[0].builder(), name, inputs, output_shape, input_shapes, attributes,
      /*has_side_effect=*/false, /*output_operand_aliasing=*/{},
      /*literal=*/nullptr, xla::CustomCallSchedule::SCHEDULE_NONE,
      xla::CustomCallApiVersion::API_VERSION_TYPED_FFI);
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
  TF_ASSIGN_OR_RETURN(xla::Shape points_shape,
                      builder->GetShape(lattice.features));
  const TensorShape sizes(values_shape.dimensions());
  const TensorShape points(points_shape.dimensions());
  TF_RETURN_IF_ERROR(CheckFeatures(points));
  TF_RETURN_IF_ERROR(
      CheckValues(sizes, points.dim_size(0), points.dim_size(1)));
  if (sizes.num_elements() == 0) return values;
  values_shape = RowMajor(values_shape.element_type(), sizes);
  points_shape = RowMajor(points_shape.element_type(), points);
  return CallHandler(
      kFilterCall, {values, lattice.features}, {values_shape, points_shape},
      values_shape,
      absl::StrCat("{", kOrderAttribute, " = ", static_cast<int>(order),
                   " : i32, ", kEqualizedAttribute, " = ",
                   static_cast<int>(lattice.equalized), " : i32}"));
}

// Unpacks the form that PermutohedralLatticeXla gives to a lattice.
inline absl::StatusOr<LatticeRecipe> RecipeOf(xla::XlaOp lattice,
                                              bool is_double) {
  TF_ASSIGN_OR_RETURN(xla::Shape shape, lattice.builder()->GetShape(lattice));
  const xla::PrimitiveType wanted = is_double ? xla::F64 : xla::F32;
  if (shape.IsTuple() && shape.tuple_shapes().size() == 2 &&
      shape.tuple_shapes(0).element_type() == wanted) {
    const auto& sizes = shape.tuple_shapes(0).dimensions();
    const xla::XlaOp features = xla::GetTupleElement(lattice, 0);
    return LatticeRecipe{xla::Reshape(features, {sizes[0], sizes[1], sizes[2]}),
                         /*equalized=*/sizes.size() == 4};
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "`lattice` must come from PermutohedralLattice with features of type ",
      is_double ? "double" : "float", " for these values. Received ",
      shape.ToString()));
}

}  // namespace rloss

#endif  // RLOSS_TENSORFLOW_XLA_SUPPORT_H_
