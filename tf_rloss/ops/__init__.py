"""The filter: compiled op, bilateral affinity, and plain references."""

from tf_rloss.ops import reference
from tf_rloss.ops.bilateral import bilateral_features, bilateral_filter
from tf_rloss.ops.library import LibraryError, has_xla_kernels
from tf_rloss.ops.permutohedral import PermutohedralLattice, permutohedral_filter

__all__ = [
    "LibraryError",
    "PermutohedralLattice",
    "bilateral_features",
    "bilateral_filter",
    "has_xla_kernels",
    "permutohedral_filter",
    "reference",
]
