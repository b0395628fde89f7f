"""Ops in functions that are traced without shapes."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import ops

RNG = np.random.default_rng(0)
VALUES = tf.constant(RNG.random((2, 7, 6, 3), np.float32))
IMAGE = tf.constant(RNG.random((2, 7, 6, 3), np.float32) * 255)
REGION = tf.cast(IMAGE[..., :1] > 99, tf.float32)
SIGMAS = {"sigma_xy": 4.0, "sigma_color": 40.0}
POINTS, FEATURES = (tf.reshape(tensor, (2, 42, 3)) for tensor in (VALUES, IMAGE / 20))


def inferred(logits, image):
    bilateral = ops.bilateral_kernel(image, **SIGMAS)
    spatial = ops.spatial_kernel(image, sigma_xy=3.0)
    mixtures = [3.0, tf.eye(3)]
    return ops.mean_field(logits, [bilateral, spatial], mixtures, iterations=2)


USES = {
    "filter": (lambda v, i: ops.bilateral_filter(v, i, **SIGMAS), VALUES, IMAGE),
    "forms": (
        lambda v, i, r: ops.bilateral_forms(v, i, region=r, **SIGMAS).degree,
        VALUES,
        IMAGE,
        REGION,
    ),
    "features": (lambda i: ops.bilateral_features(i, **SIGMAS), IMAGE),
    "positions": (lambda i: ops.spatial_features(i, sigma_xy=4.0), IMAGE),
    "points": (ops.permutohedral_filter, POINTS, FEATURES),
    "lattice": (
        lambda v, f: ops.PermutohedralLattice(f).filter(v),
        POINTS,
        FEATURES,
    ),
    "mean field": (inferred, VALUES, IMAGE),
    "dense CRF": (ops.DenseCRFSettings().infer, VALUES, IMAGE, REGION),
}


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("rank_known", [True, False])
def test_shapes_may_be_unknown_when_a_function_is_traced(name, rank_known):
    use, *tensors = USES[name]
    signature = [
        tf.TensorSpec([None] * len(tensor.shape) if rank_known else None)
        for tensor in tensors
    ]
    traced = tf.function(use, input_signature=signature)
    np.testing.assert_allclose(traced(*tensors), use(*tensors), rtol=1e-5)


def test_a_wrong_rank_is_found_in_the_run():
    use = tf.function(
        lambda values, image: ops.bilateral_filter(values, image, **SIGMAS),
        input_signature=[tf.TensorSpec(None), tf.TensorSpec(None)],
    )
    for values, image in ((VALUES[0], IMAGE), (VALUES, IMAGE[0])):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[7,6,3\]"):
            use(values, image)
