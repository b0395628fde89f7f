"""The grids against their dense matrices."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.losses import dense_crf_loss, normalized_cut_loss
from tf_rloss.losses.affinity import Affinity

# A short spatial bandwidth, so that it can be seen in the weights.
BANDWIDTHS = {"sigma_xy": 1.5, "sigma_color": 60.0}
# A handful of float32 products a pixel.
ROUNDING = 1e-5


@pytest.mark.parametrize(("kind", "diagonals"), [("grid4", False), ("grid8", True)])
@pytest.mark.parametrize("size", [(7, 6), (1, 5), (5, 1), (1, 1)])
def test_grid_product_is_that_of_the_dense_matrix(dense, make, kind, diagonals, size):
    image, values = make.image((2, *size)), make.probs((2, *size, 3))
    product = Affinity(kind, **BANDWIDTHS).grid_product(
        tf.constant(values), tf.constant(image)
    )
    for i in range(2):
        W = dense.grid_affinity(image[i], **BANDWIDTHS, diagonals=diagonals)
        expected = (W @ values[i].reshape(-1, 3)).reshape(*size, 3)
        np.testing.assert_allclose(product[i], expected, rtol=ROUNDING, atol=ROUNDING)


@pytest.mark.parametrize(("kind", "diagonals"), [("grid4", False), ("grid8", True)])
def test_losses_on_a_grid_are_those_of_the_dense_matrix(dense, make, kind, diagonals):
    image, probs = make.image((1, 7, 8)), make.probs((1, 7, 8, 3))
    W = dense.grid_affinity(image[0], **BANDWIDTHS, diagonals=diagonals)
    S = probs.reshape(-1, 3)
    options = {**BANDWIDTHS, "affinity": kind}
    np.testing.assert_allclose(
        dense_crf_loss(image, probs, **options, normalization="none")[0],
        dense.crf_energy(W, S),
        rtol=ROUNDING,
    )
    np.testing.assert_allclose(
        dense_crf_loss(
            image, probs, **options, normalization="none", relaxation="quadratic"
        )[0],
        dense.quadratic_energy(W, S),
        rtol=10 * ROUNDING,
    )
    np.testing.assert_allclose(
        normalized_cut_loss(image, probs, **options)[0],
        dense.cut_energy(W, S),
        rtol=ROUNDING,
    )


def test_a_border_costs_less_along_an_edge_of_the_image():
    image = np.zeros((1, 10, 10, 3), np.float32)
    image[:, :, 5:] = 200

    def energy(column):
        labels = np.zeros((1, 10, 10), int)
        labels[:, :, column:] = 1
        return dense_crf_loss(
            image, np.eye(2, dtype=np.float32)[labels], affinity="grid8", **BANDWIDTHS
        )

    assert energy(5) < 0.01 * energy(4)
