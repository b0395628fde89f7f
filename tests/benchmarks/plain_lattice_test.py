"""The plain lattice of the benchmarks computes the filter that it stands for."""

import numpy as np
import pytest

from benchmarks.contestants import plain, rloss
from benchmarks.harness import photographs
from tf_rloss import ops


@pytest.fixture(scope="module")
def library():
    return plain.build()


@pytest.mark.parametrize("dim", [1, 2, 5, 8])
def test_plain_lattice_equals_the_reference(library, dim):
    random = np.random.default_rng(dim)
    features = random.normal(0, 2, (700, dim)).astype(np.float32)
    values = random.random((3, 700), np.float32)
    output = np.full_like(values, np.nan)
    plain.PlainLattice(library, features).filter(values, output)
    expected = ops.reference.lattice_filter(values.T, features).T
    # Sums of float32 against those of float64.
    np.testing.assert_allclose(output, expected, rtol=1e-5)


def test_plain_lattice_equals_the_op_on_a_photograph(library):
    images = photographs.batch(["astronaut"], 96, 1)
    # So many vertices that the table of the plain lattice has to grow.
    features = photographs.features(images, sigma_xy=3.0, sigma_color=2.0)
    values = np.random.default_rng(0).random((2, 96 * 96), np.float32)
    output = np.full_like(values, np.nan)
    lattice = plain.PlainLattice(library, features[0])
    lattice.filter(values, output)
    assert lattice.vertices > 1 << 15
    expected = ops.permutohedral_filter(values.T[None], features)[0].numpy().T
    # Both sum float32, in different orders.
    np.testing.assert_allclose(output, expected, rtol=1e-4)


def test_plain_lattice_refuses_values_of_another_size(library):
    lattice = plain.PlainLattice(library, np.zeros((4, 2), np.float32))
    with pytest.raises(ValueError, match=r"must be \(C, 4\)"):
        lattice.filter(np.zeros((1, 5), np.float32), np.zeros((1, 5), np.float32))


def test_a_folder_without_rloss_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"bilateralfilter\.cpp"):
        rloss.build(str(tmp_path))
