"""Mean field on images of other channels than RGB, and on volumes."""

import numpy as np
import pytest
import tensorflow as tf

from tests.ops import exact_mean_field
from tf_rloss import ops
from tf_rloss.ops import reference


@pytest.mark.parametrize("self_term", [True, False])
@pytest.mark.parametrize("normalization", ops.NORMALIZATIONS)
@pytest.mark.parametrize("shape, channels", [((1, 9, 8), 1), ((1, 4, 5, 6), 2)])
def test_mean_field_is_that_of_its_definition(
    shape, channels, normalization, self_term
):
    rng = np.random.default_rng(0)
    image = tf.constant(rng.uniform(0, 255, (*shape, channels)))
    region = tf.constant(rng.integers(0, 2, (*shape, 1)), tf.float64)
    logits = rng.normal(0, 2, (*shape, 3))
    volume = {"sigma_xyz": (5.0, 4.0, 2.0), "spatial_sigma_xyz": (2.0, 2.0, 1.0)}
    settings = ops.DenseCRFSettings(
        num_iterations=4,
        sigma_xy=5.0,
        sigma_color=90.0,
        spatial_sigma_xy=2.0,
        normalization=normalization,
        self_term=self_term,
        **(volume if len(shape) == 4 else {}),
    )
    position, near = {"sigma_xy": 5.0}, {"sigma_xy": 2.0}
    if len(shape) == 4:
        position = {"sigma_xyz": volume["sigma_xyz"]}
        near = {"sigma_xyz": volume["spatial_sigma_xyz"]}
    kernels = []
    for features in (
        ops.bilateral_features(image, **position, sigma_color=90.0),
        ops.spatial_features(image, **near),
    ):
        points = features[0].numpy().astype(np.float64)
        matrix = reference.lattice_filter(np.eye(len(points)), points, symmetric=True)
        kernels.append(
            exact_mean_field.normalized(
                matrix,
                normalization,
                self_term=self_term,
                region=region.numpy().ravel(),
            )
        )
    costs = [-10.0 * np.eye(3), -3.0 * np.eye(3)]
    wanted = exact_mean_field.mean_field(logits.reshape(-1, 3), kernels, costs, 4)
    actual = settings.infer(tf.constant(logits), image, region)
    assert actual.shape == logits.shape
    inside = region.numpy().ravel() > 0
    actual = actual.numpy().reshape(-1, 3)
    np.testing.assert_allclose(actual[inside], wanted[inside], atol=1e-9)
