"""The kernel cut loss: a sum of the other two, by one filter where it can be."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.losses import (
    KernelCutLoss,
    dense_crf_loss,
    kernel_cut_loss,
    normalized_cut_loss,
)

BANDWIDTHS = {"sigma_xy": 4.0, "sigma_color": 60.0}
# The same float32 numbers, added in another order.
ROUNDING = 1e-6


@pytest.fixture
def example(make):
    return make.image((2, 12, 11)), make.probs((2, 12, 11, 3))


@pytest.mark.parametrize(
    "crf_options",
    [{}, {"normalization": "none"}, {"relaxation": "quadratic"}],
    ids=["default", "raw", "quadratic"],
)
@pytest.mark.parametrize("affinity", ["gaussian", "grid8"])
def test_energy_is_eq_6(example, crf_options, affinity):
    shared = {**BANDWIDTHS, "affinity": affinity, "scale": 0.5}
    energy = kernel_cut_loss(
        *example, **shared, **crf_options, gamma=0.3, min_share=0.1
    )
    crf = dense_crf_loss(*example, **shared, **crf_options)
    cut = normalized_cut_loss(*example, **shared, min_share=0.1)
    np.testing.assert_allclose(energy, crf + 0.3 * cut, rtol=ROUNDING)


@pytest.mark.parametrize(
    ("given", "cut_bandwidths"),
    [
        ({"cut_sigma_color": 30.0}, {"sigma_xy": 4.0, "sigma_color": 30.0}),
        ({"cut_sigma_xy": 9.0}, {"sigma_xy": 9.0, "sigma_color": 60.0}),
    ],
)
def test_the_cut_term_can_have_bandwidths_of_its_own(example, given, cut_bandwidths):
    energy = kernel_cut_loss(*example, **BANDWIDTHS, **given)
    crf = dense_crf_loss(*example, **BANDWIDTHS)
    cut = normalized_cut_loss(*example, **cut_bandwidths)
    np.testing.assert_allclose(energy, crf + cut, rtol=ROUNDING)


@pytest.mark.parametrize(
    ("given", "filters"),
    [
        ({}, 1),
        ({"cut_sigma_xy": 4.0, "cut_sigma_color": 60}, 1),
        ({"cut_sigma_xy": 9.0}, 2),
    ],
    ids=["same by default", "same by value", "different"],
)
def test_one_filter_serves_both_terms_with_one_affinity(
    example, filter_calls, given, filters
):
    image, probs = example
    probs = tf.constant(probs)
    with tf.GradientTape() as tape:
        tape.watch(probs)
        energy = kernel_cut_loss(image, probs, **BANDWIDTHS, **given)
    assert tape.gradient(energy, probs) is not None
    assert filter_calls == [3] * filters


def test_without_gamma_there_is_the_crf_term_only(example):
    energy = kernel_cut_loss(*example, **BANDWIDTHS, gamma=0)
    np.testing.assert_allclose(energy, dense_crf_loss(*example, **BANDWIDTHS))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gamma": -1.0}, r"`gamma` must be a number, at least 0.*-1\.0"),
        ({"gamma": float("inf")}, r"`gamma` must be a number, at least 0.*inf"),
        ({"cut_sigma_xy": 0}, r"`cut_sigma_xy` must be a positive number.*0"),
        (
            {"cut_sigma_color": -2.0},
            r"`cut_sigma_color` must be a positive number.*-2\.0",
        ),
    ],
)
def test_wrong_options_are_named_by_function_and_class(example, options, message):
    with pytest.raises(ValueError, match=message):
        kernel_cut_loss(*example, **BANDWIDTHS, **options)
    with pytest.raises(ValueError, match=message):
        KernelCutLoss(**options)
