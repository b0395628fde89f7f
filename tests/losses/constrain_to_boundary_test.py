"""The constrain-to-boundary loss against the exact mean field of the lattice."""

import numpy as np
import pytest
import tensorflow as tf

from tests.losses import exact_crf
from tf_rloss.layers import PUBLISHED_CRFS
from tf_rloss.losses import ConstrainToBoundaryLoss, constrain_to_boundary_loss

SIGMAS = {"sigma_xy": 4.0, "sigma_color": 60.0, "spatial_sigma_xy": 1.5}
CRF = {"num_iterations": 4, "bilateral_weight": 2.0, "spatial_weight": 1.5, **SIGMAS}
SIZE = (9, 8)


@pytest.fixture
def image(photograph):
    return photograph("astronaut", *SIZE)[None]


def make_region(rows):
    region = np.ones((1, *SIZE, 1), np.float32)
    region[:, rows:] = 0
    return region


def value_and_gradient(image, probs, **options):
    probs = tf.constant(probs)
    with tf.GradientTape() as tape:
        tape.watch(probs)
        loss = constrain_to_boundary_loss(image, probs, **(CRF | options))
    return loss.numpy(), tape.gradient(loss, probs).numpy()


def floored(values, floor):
    values = np.maximum(values, floor)
    return values / values.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("floor", [0.0, 0.01])
@pytest.mark.parametrize("rows", [SIZE[0], 6])
def test_loss_is_the_divergence_from_the_mean_field(make, image, rows, floor):
    probs = make.probs((1, *SIZE, 3))
    region = make_region(rows)
    K = exact_crf.kernels(
        image[0], exact_crf.lattice_matrix, **SIGMAS, region=region[0, ..., 0]
    )
    S = probs.reshape(-1, 3)
    Q = floored(exact_crf.proposals(S, K, [2.0, 1.5], 4), floor)
    S = (S + floor) / (1 + 3 * floor)
    divergence = np.sum(Q * np.log(Q / S), axis=1)
    expected = divergence[region.ravel() > 0].mean()
    assert expected > 0.01
    loss, gradient = value_and_gradient(image, probs, floor=floor, region=region)
    # The lattice and four updates of it in float32.
    np.testing.assert_allclose(loss, [expected], rtol=1e-4)
    assert not gradient[:, rows:].any() and gradient[:, :rows].all()


def test_a_region_of_ones_is_no_region(make, image):
    probs = make.probs((1, *SIZE, 3))
    for one, other in zip(
        value_and_gradient(image, probs, region=make_region(SIZE[0])),
        value_and_gradient(image, probs),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


def test_without_backpropagation_the_mean_field_is_a_constant(make, image):
    probs = make.probs((1, *SIZE, 3))
    _, gradient = value_and_gradient(image, probs, floor=0.0)
    K = exact_crf.kernels(image[0], exact_crf.lattice_matrix, **SIGMAS)
    Q = exact_crf.proposals(probs.reshape(-1, 3), K, [2.0, 1.5], 4)
    expected = -Q.reshape(probs.shape) / probs / np.prod(SIZE)  # d/dS -Q log S
    # What Q errs by in float32.
    np.testing.assert_allclose(gradient, expected, atol=1e-4 * np.abs(expected).max())


def test_with_backpropagation_the_gradient_is_that_of_finite_differences(make, image):
    logits = tf.math.log(make.probs((1, *SIZE, 3), contrast=1.0))
    options = {**CRF, "floor": 1e-3}

    def loss(logits, backpropagate=True):
        return constrain_to_boundary_loss(
            image, tf.nn.softmax(logits), **options, backpropagate=backpropagate
        )

    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        full, partial = loss(logits), loss(logits, backpropagate=False)
    np.testing.assert_array_equal(full, partial)
    full, partial = tape.gradient(full, logits), tape.gradient(partial, logits)
    direction = np.sign(full)
    step = 1e-3  # float32 loses 1e-7 of a loss of 0.1: 1e-4 of the change
    change = loss(logits + step * direction) - loss(logits - step * direction)
    along = np.sum(full * direction)
    np.testing.assert_allclose(change / (2 * step), [along], rtol=2e-3)
    assert abs(np.sum(partial * direction) - along) > 0.1 * abs(along)


def test_stride_takes_every_so_many_th_pixel_and_divides_the_bandwidths(make, image):
    probs = make.probs((1, *SIZE, 3))
    region = make_region(6)
    loss, gradient = value_and_gradient(image, probs, stride=2, region=region)
    halved = {name: sigma / 2 for name, sigma in SIGMAS.items()}
    halved["sigma_color"] = SIGMAS["sigma_color"]
    image, probs, region = (x[:, ::2, ::2] for x in (image, probs, region))
    expected, _ = value_and_gradient(image, probs, region=region, **halved)
    np.testing.assert_array_equal(loss, expected)
    assert not gradient[:, 1::2].any() and not gradient[:, :, 1::2].any()


def test_defaults_are_the_crf_of_sec():
    config = ConstrainToBoundaryLoss().get_config()
    assert config["num_iterations"] == 10
    assert config["normalization"] == "symmetric"
    assert PUBLISHED_CRFS["sec"].items() <= config.items()


@pytest.mark.parametrize("backpropagate", [False, True])
def test_an_empty_region_gives_zero_and_no_gradient(make, image, backpropagate):
    probs = make.probs((1, *SIZE, 3))
    options = {"region": make_region(0), "backpropagate": backpropagate}
    loss, gradient = value_and_gradient(image, probs, **options)
    assert loss == 0 and not gradient.any()


@pytest.mark.parametrize("backpropagate", [False, True])
@pytest.mark.parametrize("floor", [0.0, 1e-4])
def test_certain_probabilities_give_no_nan(image, floor, backpropagate):
    labels = np.arange(SIZE[1]) % 2
    logits = tf.constant(
        np.broadcast_to(np.eye(2)[labels] * 300, (1, *SIZE, 2)), tf.float32
    )
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = constrain_to_boundary_loss(
            image, tf.nn.softmax(logits), floor=floor, backpropagate=backpropagate
        )
    assert np.isfinite(loss).all()
    assert np.isfinite(tape.gradient(loss, logits)).all()


def test_one_class_or_nothing_to_smooth_costs_nothing(make, image):
    one_class = make.probs((1, *SIZE, 1))
    np.testing.assert_allclose(value_and_gradient(image, one_class)[0], [0], atol=1e-6)
    probs = make.probs((1, *SIZE, 3))
    no_weight = {"bilateral_weight": 0.0, "spatial_weight": 0, "floor": 0.0}
    for options in (no_weight, {"num_iterations": 0, "floor": 0.0}):
        loss, _ = value_and_gradient(image, probs, **options)
        np.testing.assert_allclose(loss, [0], atol=1e-6)
    one_pixel, gradient = value_and_gradient(image[:, :1, :1], probs[:, :1, :1])
    assert np.isfinite(one_pixel).all() and np.isfinite(gradient).all()


@pytest.mark.parametrize(
    "options",
    [
        {"num_iterations": -1},
        {"bilateral_weight": -1.0},
        {"sigma_xy": 0.0},
        {"sigma_color": "wide"},
        {"spatial_weight": None},
        {"spatial_sigma_xy": -3.0},
        {"normalization": "both"},
        {"stride": 0},
        {"floor": -1.0},
    ],
)
def test_wrong_options_are_named(make, image, options):
    message = f"`{next(iter(options))}` must be"
    with pytest.raises(ValueError, match=message):
        value_and_gradient(image, make.probs((1, *SIZE, 2)), **options)
    with pytest.raises(ValueError, match=message):
        ConstrainToBoundaryLoss(**options)
