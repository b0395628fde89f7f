"""The settings of a dense CRF, its kernels and its inference."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import layers, losses, ops

IMAGE = np.random.default_rng(0).uniform(0, 255, (2, 5, 6, 3)).astype(np.float32)
LOGITS = np.random.default_rng(1).normal(size=(2, 5, 6, 3)).astype(np.float32)
SETTINGS = ops.DenseCRFSettings(num_iterations=2, sigma_xy=3.0, sigma_color=60.0)


def test_inference_is_mean_field_of_both_kernels():
    kernels = [
        ops.bilateral_kernel(IMAGE, sigma_xy=3.0, sigma_color=60.0),
        ops.spatial_kernel(IMAGE, sigma_xy=3.0),
    ]
    expected = ops.mean_field(LOGITS, kernels, [10.0, 3.0], iterations=2)
    actual = SETTINGS.infer(tf.constant(LOGITS), IMAGE)
    np.testing.assert_array_equal(actual, expected)


def test_mixtures_replace_the_weights_and_zero_leaves_a_kernel_out():
    matrix = 2.0 * np.eye(3, dtype=np.float32)
    kernels, mixtures = SETTINGS.kernels(IMAGE, mixtures=(0, matrix))
    assert len(kernels) == 1 and mixtures[0] is matrix
    spatial = dataclasses.replace(SETTINGS, bilateral_weight=0, spatial_weight=2.0)
    actual = SETTINGS.infer(tf.constant(LOGITS), IMAGE, mixtures=(0, matrix))
    # 2 I (K~ Q) and K~ (2 Q) round differently.
    expected = spatial.infer(tf.constant(LOGITS), IMAGE)
    np.testing.assert_allclose(actual, expected, atol=1e-6)


def test_another_number_of_iterations_can_be_given():
    more = dataclasses.replace(SETTINGS, num_iterations=4)
    np.testing.assert_array_equal(
        SETTINGS.infer(tf.constant(LOGITS), IMAGE, num_iterations=4),
        more.infer(tf.constant(LOGITS), IMAGE),
    )


def test_scale_multiplies_the_bandwidths_in_pixels_alone():
    half = SETTINGS.at_scale(0.5)
    changed = {"sigma_xy": 1.5, "spatial_sigma_xy": 1.5}
    assert half == dataclasses.replace(SETTINGS, **changed)


@pytest.mark.parametrize(
    "build",
    [
        ops.DenseCRFSettings,
        layers.DenseCRF,
        layers.CRFAsRNN,
        losses.ConstrainToBoundaryLoss,
        losses.DenseCRFADMLoss,
    ],
)
@pytest.mark.parametrize(
    "wrong",
    [
        {"num_iterations": 1.5},
        {"bilateral_weight": np.inf},
        {"sigma_xy": np.inf},
        {"sigma_color": 0.0},
        {"spatial_weight": -1.0},
        {"spatial_sigma_xy": np.nan},
        {"normalization": "both"},
    ],
    ids=str,
)
def test_all_that_stand_on_it_refuse_the_same(build, wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=rf"`{name}` must be .* Received: {name}="):
        build(**wrong)


def test_the_log_of_probabilities_is_finite():
    probs = tf.constant([0.0, 1.0])
    with tf.GradientTape() as tape:
        tape.watch(probs)
        logs = ops.dense_crf.log_probs(probs)
    assert np.isfinite(logs).all()
    assert np.isfinite(tape.gradient(logs, probs)).all()
