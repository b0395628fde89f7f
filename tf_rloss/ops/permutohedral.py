"""Gaussian filtering of points with features, and its gradient."""

import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss.ops import library


def permutohedral_filter(
    values: TensorLike,
    features: TensorLike,
    *,
    transpose: bool = False,
    symmetric: bool = False,
    equalized: bool = False,
) -> tf.Tensor:
    """Filters values with a Gaussian over their features, unnormalised.

    Computes W S with `W_pq ~ exp(-||f_p - f_q||^2 / 2)`, the self term
    included, on a permutohedral lattice in time linear in the points.

    One order of the lattice's blur axes gives a W that is not quite
    symmetric; `transpose` reverses the order and gives W'. `symmetric` gives
    (W + W') / 2, which is exactly its own adjoint, and costs little more.

    The lattice's W_pp is not one: it depends on the place of a point in its simplex.
    `equalized` divides each point's weights so that W_pp is one, and embeds the
    features 1.06 times finer, at nearly the same cost. Where points are sparse in the
    space of their features, as pixels are in that of position and colour, W is then
    several times closer to the exact one (docs/filter.md has figures); where they fill
    it evenly, as positions alone do, W is farther from it.

    The gradient with respect to `values` is the adjoint filter of the incoming
    gradient. There is none with respect to `features`: the lattice is
    piecewise constant in them, so it is None.

    Args:
        values: tensor (B, N, C) of float32, float64, bfloat16 or float16; sums
            are in float32 at least.
        features: tensor (B, N, D), D from 1 to 8, in units of the bandwidth;
            cast to float64 where `values` are float64, else to float32.
        transpose: whether to apply W' in place of W.
        symmetric: whether to apply (W + W') / 2.
        equalized: whether to make W_pp one.

    Returns:
        Tensor (B, N, C) of the type of `values`.

    Raises:
        ValueError: if both `transpose` and `symmetric` are set.
        tf.errors.InvalidArgumentError: if shapes do not match, D is not in 1
            to 8, or a feature is NaN, infinite or too large.

    Reference:
        Adams, Baek, Davis: Fast High-Dimensional Filtering Using the
        Permutohedral Lattice, Eurographics 2010.
    """
    _check_order(transpose, symmetric)
    values = tf.convert_to_tensor(values)
    return library.load().rloss_permutohedral_filter(
        values=values,
        features=_cast_features(features, values.dtype),
        transpose=transpose,
        symmetric=symmetric,
        equalized=equalized,
    )


class PermutohedralLattice:
    """Lattices of a batch of point sets, built once to filter many times.

    Example:
        >>> lattice = PermutohedralLattice(features)
        >>> for _ in range(10):
        ...     q = lattice.filter(q, symmetric=True)

    Args:
        features: tensor (B, N, D), as for `permutohedral_filter`.
        dtype: type of the values to be filtered.
        equalized: whether to make W_pp one, as for `permutohedral_filter`.

    Attributes:
        variant: scalar tensor that holds the lattices, an argument of the ops.
    """

    def __init__(
        self,
        features: TensorLike,
        dtype: tf.DType = tf.float32,
        *,
        equalized: bool = False,
    ) -> None:
        self.variant = library.load().rloss_permutohedral_lattice(
            features=_cast_features(features, tf.as_dtype(dtype)), equalized=equalized
        )

    def filter(
        self, values: TensorLike, *, transpose: bool = False, symmetric: bool = False
    ) -> tf.Tensor:
        """Filters as `permutohedral_filter` does, on these lattices."""
        _check_order(transpose, symmetric)
        return library.load().rloss_permutohedral_lattice_filter(
            values=values,
            lattice=self.variant,
            transpose=transpose,
            symmetric=symmetric,
        )


def _check_order(transpose: bool, symmetric: bool) -> None:
    if transpose and symmetric:
        raise ValueError(
            "`transpose` and `symmetric` exclude each other, since the symmetric "
            "filter is its own transpose. Received: transpose=True, symmetric=True"
        )


def _cast_features(features: TensorLike, values_dtype: tf.DType) -> tf.Tensor:
    dtype = tf.float64 if values_dtype == tf.float64 else tf.float32
    return tf.cast(features, dtype)


def _adjoint_order(op: tf.Operation) -> dict[str, bool]:
    symmetric = op.get_attr("symmetric")
    transpose = op.get_attr("transpose")
    return {"transpose": not (transpose or symmetric), "symmetric": symmetric}


@tf.RegisterGradient("Rloss>PermutohedralFilter")
def _permutohedral_filter_gradient(
    op: tf.Operation, gradient: tf.Tensor
) -> tuple[tf.Tensor, None]:
    adjoint = library.load().rloss_permutohedral_filter(
        values=gradient,
        features=op.inputs[1],
        equalized=op.get_attr("equalized"),
        **_adjoint_order(op),
    )
    return adjoint, None


@tf.RegisterGradient("Rloss>PermutohedralLatticeFilter")
def _permutohedral_lattice_filter_gradient(
    op: tf.Operation, gradient: tf.Tensor
) -> tuple[tf.Tensor, None]:
    adjoint = library.load().rloss_permutohedral_lattice_filter(
        values=gradient, lattice=op.inputs[1], **_adjoint_order(op)
    )
    return adjoint, None


tf.no_gradient("Rloss>PermutohedralLattice")
