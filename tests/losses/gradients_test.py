"""Gradients: finite differences, the paper's formulas, the dense energies."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from tests.losses.exact_gradients import cosine, exact_gradients
from tf_rloss import ops
from tf_rloss.losses import dense_crf_loss, kernel_cut_loss, normalized_cut_loss

BANDWIDTHS = {"sigma_xy": 6.0, "sigma_color": 30.0}
LOSSES = {
    "crf": dense_crf_loss,
    "crf quadratic": functools.partial(dense_crf_loss, relaxation="quadratic"),
    "crf raw": functools.partial(dense_crf_loss, normalization="none"),
    "crf grid4": functools.partial(dense_crf_loss, affinity="grid4"),
    "crf grid8 quadratic": functools.partial(
        dense_crf_loss, affinity="grid8", relaxation="quadratic"
    ),
    "crf half size": functools.partial(dense_crf_loss, scale=0.5),
    "ncut": normalized_cut_loss,
    "ncut grid8": functools.partial(normalized_cut_loss, affinity="grid8"),
    "kernel cut": functools.partial(kernel_cut_loss, gamma=0.5),
    "kernel cut, two affinities": functools.partial(
        kernel_cut_loss, gamma=0.5, cut_sigma_color=60.0
    ),
}


@pytest.fixture
def example(photograph, make):
    image = np.stack([photograph(name, 24, 26) for name in ("chelsea", "coffee")])
    region = np.ones((2, 24, 26, 1), np.float32)
    region[0, :5] = 0
    probs = make.probs((2, 24, 26, 3), contrast=1.0)
    return tf.constant(image), tf.constant(probs), region


def gradient_of(function, variable):
    with tf.GradientTape() as tape:
        tape.watch(variable)
        value = function(variable)
    return tape.gradient(value, variable).numpy()


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_gradient_equals_finite_differences_of_our_own_energy(loss, example, make):
    image, probs, region = example

    def energy(probs):
        return loss(image, probs, region=region, **BANDWIDTHS)

    gradient = gradient_of(energy, probs)
    for seed in (1, 2):
        # Random, but not across the gradient: else the change drowns in rounding.
        direction = make.probs(probs.shape, seed=seed) * np.sign(gradient)
        # The CRF energies are quadratic, so central differences are exact at any
        # step; the cut's third derivative costs step^2 = 1e-4. float32 loses 1e-7 of
        # the energy, which is 1e-4 of the change at this step.
        step = 0.01
        change = energy(probs + step * direction) - energy(probs - step * direction)
        along = np.sum(gradient * direction, axis=(1, 2, 3))
        np.testing.assert_allclose(change / (2 * step), along, rtol=1e-3)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_step_along_the_negative_gradient_lowers_the_loss(loss, example):
    image, probs, region = example
    logits = tf.math.log(probs)

    def energy(logits):
        return loss(image, tf.nn.softmax(logits), region=region, **BANDWIDTHS)

    gradient = gradient_of(energy, logits)
    longest = np.abs(gradient).max(axis=(1, 2, 3), keepdims=True)
    after = energy(logits - 0.1 * gradient / longest)
    assert np.all(after.numpy() < energy(logits).numpy())


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_there_is_no_gradient_to_the_image(loss, example):
    image, probs, region = example
    region = tf.constant(region)
    with tf.GradientTape() as tape:
        tape.watch([image, region])
        energy = loss(image, probs, region=region, **BANDWIDTHS)
    assert tape.gradient(energy, [image, region]) == [None, None]


@pytest.fixture
def filtered(example):
    """W S and d = W 1, without a region."""
    image, probs, _ = example
    ones = tf.ones_like(probs[..., :1])
    both = tf.concat([probs, ones], axis=-1)
    features = ops.bilateral_features(image, **BANDWIDTHS)
    points = tf.reshape(both, [both.shape[0], -1, both.shape[-1]])
    filtered = ops.permutohedral_filter(points, features, symmetric=True)
    both = tf.reshape(filtered, both.shape).numpy()
    return both[..., :-1], both[..., -1:]


def test_crf_gradient_is_eq_11(example, filtered):
    image, probs, _ = example
    WS, d = filtered

    def raw(probs):
        return dense_crf_loss(image, probs, **BANDWIDTHS, normalization="none")

    gradient = gradient_of(raw, probs)
    # dR/dS_k = -2 W S_k, and d = W 1, which eq. 11 leaves out. float32 rounding.
    np.testing.assert_allclose(gradient - d, -2 * WS, atol=1e-5 * d.max())

    # At the logits d is gone: the same for all classes, it moves no softmax.
    logits = tf.math.log(probs)
    ours = gradient_of(lambda z: raw(tf.nn.softmax(z)), logits)
    eq_11 = gradient_of(lambda z: tf.reduce_sum(-2 * WS * tf.nn.softmax(z)), logits)
    np.testing.assert_allclose(ours, eq_11, atol=1e-5 * d.max())


def test_kernel_cut_gradient_is_eq_12(example, filtered):
    image, probs, _ = example
    WS, d = filtered
    gamma = 0.7

    def raw(probs):
        return kernel_cut_loss(
            image, probs, **BANDWIDTHS, gamma=gamma, normalization="none"
        )

    S = probs.numpy()
    size = np.sum(d * S, axis=(1, 2), keepdims=True)  # d' S_k
    within = np.sum(S * WS, axis=(1, 2), keepdims=True)  # S_k' W S_k
    eq_12 = -2 * WS + gamma * within * d / size**2 - gamma * 2 * WS / size
    gradient = gradient_of(raw, probs)
    np.testing.assert_allclose(gradient - d, eq_12, atol=1e-5 * d.max())

    # The cut's part alone, which is small beside the raw CRF's.
    cut = gradient_of(lambda p: normalized_cut_loss(image, p, **BANDWIDTHS), probs)
    eq_12_cut = within * d / size**2 - 2 * WS / size
    np.testing.assert_allclose(cut, eq_12_cut, atol=1e-5 * np.abs(eq_12_cut).max())


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea"])
def test_gradient_at_the_logits_is_that_of_the_exact_dense_energy(photograph, name):
    size, classes = 128, 4
    bandwidths = {"sigma_xy": 100 * size / 513, "sigma_color": 15.0}
    image = photograph(name, size, size)[None]
    features = ops.bilateral_features(image, **bandwidths)[0]
    # A soft segmentation that follows colours and places, as a network's does. What
    # is missing to 1 is the lattice's error, not the gradient's: the finite
    # differences above are of the same energy.
    broad = ops.bilateral_features(image, sigma_xy=size / 3, sigma_color=60.0)[0]
    seeds = np.random.default_rng(0).integers(0, size * size, classes)
    distance = tf.norm(broad[:, None] - tf.gather(broad, seeds)[None], axis=-1)
    logits = tf.reshape(-(distance**2), (1, size, size, classes))

    crf, ncut = exact_gradients(logits, features)
    for loss, exact in (
        (dense_crf_loss, crf),
        (normalized_cut_loss, ncut),
        (kernel_cut_loss, crf + ncut),
    ):
        ours = gradient_of(
            lambda z, loss=loss: loss(image, tf.nn.softmax(z), **bandwidths), logits
        )
        assert cosine(ours, exact) >= 0.995, loss.__name__


@pytest.mark.parametrize("loss", [dense_crf_loss, normalized_cut_loss, kernel_cut_loss])
def test_loss_and_gradient_run_one_filter(example, filter_calls, loss):
    image, probs, _ = example
    gradient_of(lambda p: loss(image, p, **BANDWIDTHS), probs)
    assert filter_calls == [3]


@pytest.mark.parametrize("loss", [dense_crf_loss, normalized_cut_loss, kernel_cut_loss])
def test_traced_loss_and_gradient_hold_one_filter_op(example, loss):
    @tf.function
    def step(image, probs):
        with tf.GradientTape() as tape:
            tape.watch(probs)
            energy = loss(image, probs, **BANDWIDTHS)
        return energy, tape.gradient(energy, probs)

    graph = step.get_concrete_function(*example[:2]).graph.as_graph_def()
    functions = [function.node_def for function in graph.library.function]
    nodes = [node for nodes in (graph.node, *functions) for node in nodes]
    filters = sorted(node.op for node in nodes if node.op.startswith("Rloss>"))
    # The gradient only mixes what the forms have filtered.
    assert filters == ["Rloss>BilateralForms", "Rloss>BilateralFormsGradient"]
