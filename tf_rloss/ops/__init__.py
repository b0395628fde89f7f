"""The compiled filter, bilateral affinity, mean field, dense CRF, and references."""

from tf_rloss.ops import reference
from tf_rloss.ops.bilateral import (
    bilateral_features,
    bilateral_filter,
    spatial_features,
)
from tf_rloss.ops.dense_crf import DenseCRFSettings
from tf_rloss.ops.forms import QuadraticForms, bilateral_forms
from tf_rloss.ops.library import (
    LibraryError,
    for_any_device,
    has_xla_kernels,
    library_path,
)
from tf_rloss.ops.library import load as load_library
from tf_rloss.ops.mean_field import mean_field
from tf_rloss.ops.pairwise_kernel import (
    NORMALIZATIONS,
    PairwiseKernel,
    bilateral_kernel,
    spatial_kernel,
)
from tf_rloss.ops.permutohedral import PermutohedralLattice, permutohedral_filter

__all__ = [
    "NORMALIZATIONS",
    "DenseCRFSettings",
    "LibraryError",
    "PairwiseKernel",
    "PermutohedralLattice",
    "QuadraticForms",
    "bilateral_features",
    "bilateral_filter",
    "bilateral_forms",
    "bilateral_kernel",
    "for_any_device",
    "has_xla_kernels",
    "library_path",
    "load_library",
    "mean_field",
    "permutohedral_filter",
    "reference",
    "spatial_features",
    "spatial_kernel",
]
