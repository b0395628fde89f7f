"""DenseCRF-ADM: proposals, the energy that they lower, and the loss."""

import numpy as np
import pytest
import tensorflow as tf

from tests.losses import exact_crf
from tf_rloss.layers import PUBLISHED_CRFS
from tf_rloss.losses import (
    DenseCRFADMLoss,
    dense_crf_adm_energy,
    dense_crf_adm_loss,
    dense_crf_loss,
    dense_crf_proposals,
)

SIGMAS = {"sigma_xy": 4.0, "sigma_color": 60.0, "spatial_sigma_xy": 1.5}
WEIGHTS = [2.0, 1.5]
CRF = {"num_iterations": 4, "bilateral_weight": 2.0, "spatial_weight": 1.5, **SIGMAS}
SIZE, CLASSES = (9, 8), 3
SHAPE = (1, *SIZE, CLASSES)
ROWS = slice(0, 7)  # the region


@pytest.fixture
def image(photograph):
    return photograph("astronaut", *SIZE)[None]


@pytest.fixture
def labels():
    labels = np.full((1, *SIZE), 255)
    labels[0, 2, 1:4] = 1
    labels[0, 5, 5] = 2
    return labels


@pytest.fixture
def scribbled(image, labels):
    """Image, region and labels, by the names of the arguments."""
    region = np.zeros((1, *SIZE, 1), np.float32)
    region[:, ROWS] = 1
    return {"image": image, "region": region, "labels": labels}


def by_hand(scribbled, probs, iterations=4, matrix=exact_crf.lattice_matrix, **options):
    """X, S, K~ and the labels of the exact CRF."""
    image, region = scribbled["image"][0], scribbled["region"][0, ..., 0]
    labels = scribbled["labels"].ravel()
    K = exact_crf.kernels(image, matrix, **SIGMAS, region=region, **options)
    S = probs.reshape(-1, CLASSES)
    return exact_crf.proposals(S, K, WEIGHTS, iterations, labels), S, K, labels


@pytest.mark.parametrize("normalization", ["symmetric", "none"])
def test_proposals_are_the_mean_field_clamped_to_the_labels(
    make, scribbled, labels, normalization
):
    probs = make.probs(SHAPE)
    options = {**CRF, "normalization": normalization}
    X = dense_crf_proposals(**scribbled, probs=probs, **options)
    expected, *_ = by_hand(scribbled, probs, normalization=normalization)
    # The lattice and four updates of it in float32.
    np.testing.assert_allclose(X, expected.reshape(SHAPE), atol=1e-5)
    known = labels != 255
    np.testing.assert_array_equal(X.numpy()[known], np.eye(CLASSES)[labels[known]])
    assert np.abs(X - probs)[~known].max() > 0.1


def test_no_weight_is_too_large_for_the_labels(make, scribbled, labels):
    probs = make.probs(SHAPE)
    X = dense_crf_proposals(**scribbled, probs=probs, bilateral_weight=1e6).numpy()
    known = labels != 255
    np.testing.assert_array_equal(X[known], np.eye(CLASSES)[labels[known]])


def test_labels_reach_the_pixels_around_them(make):
    image = np.full((1, *SIZE, 3), 100.0)
    labels = np.full((1, *SIZE), 255)
    labels[0, 4, 4] = 2
    uniform = np.full(SHAPE, 1 / CLASSES, "f4")
    X = dense_crf_proposals(image, uniform, labels=labels, **CRF)
    np.testing.assert_array_equal(np.argmax(X, axis=-1), 2)


def test_proposals_stay_near_those_of_the_dense_sums(photograph):
    image = photograph("astronaut", 32, 32)[None]
    rng = np.random.default_rng(1)
    logits = np.log(image[..., :1] / 255 + 0.1) * [1.0, -1.0]
    logits = logits + rng.normal(size=(1, 32, 32, 2))
    probs = tf.nn.softmax(logits).numpy()
    sigmas = {"sigma_xy": 10.0, "sigma_color": 20.0, "spatial_sigma_xy": 2.0}
    K = exact_crf.kernels(image[0], exact_crf.gaussian_matrix, **sigmas)
    wanted = exact_crf.proposals(probs.reshape(-1, 2), K, [3.0, 1.0], 5)
    weights = {"bilateral_weight": 3.0, "spatial_weight": 1.0, "num_iterations": 5}
    X = dense_crf_proposals(image, probs, **sigmas, **weights).numpy().reshape(-1, 2)
    # What the lattice errs by; a pixel or two between two classes may go the other way.
    assert np.mean(np.abs(X - wanted)) < 0.02
    assert np.mean(X.argmax(axis=1) == wanted.argmax(axis=1)) > 0.98


@pytest.mark.parametrize("normalization", ["symmetric", "none"])
def test_mean_field_never_raises_the_exact_energy(make, scribbled, normalization):
    scribbled["region"][:] = 1
    probs = make.probs(SHAPE)
    energies = []
    for iterations in range(12):
        X, S, K, labels = by_hand(
            scribbled,
            probs,
            iterations,
            exact_crf.gaussian_matrix,
            normalization=normalization,
        )
        energies.append(exact_crf.energy(X, S, K, WEIGHTS, labels))
    # The condition of the proof: the kernels are positive semidefinite.
    assert min(np.linalg.eigvalsh(kernel).min() for kernel in K) > -1e-10
    assert np.all(np.diff(energies) <= 1e-9)
    assert energies[-1] < energies[0] - 1


def test_energy_is_that_of_its_definition(make, scribbled):
    probs = make.probs(SHAPE)
    energies = []
    for iterations in range(5):
        X, S, K, labels = by_hand(scribbled, probs, iterations)
        proposals = X.reshape(SHAPE).astype(np.float32)
        energy = dense_crf_adm_energy(
            **scribbled, probs=probs, proposals=proposals, **CRF
        )
        energies.append(energy[0])
        region = scribbled["region"].ravel() > 0
        # Outside, X is S and costs nothing; and a sum over 72 pixels in float32.
        expected = exact_crf.energy(
            X[region],
            S[region],
            [kernel[np.ix_(region, region)] for kernel in K],
            WEIGHTS,
            labels[region],
        )
        np.testing.assert_allclose(energies[-1], expected, rtol=1e-5)
    # The lattice's kernels are near enough to positive semidefinite.
    assert np.all(np.diff(energies) < 0)


def test_energy_has_the_crf_loss_as_its_regularizer(make, image):
    probs = make.probs(SHAPE)
    sigmas = {"sigma_xy": 4.0, "sigma_color": 60.0}
    options = {"spatial_weight": 0, "normalization": "none", **sigmas}
    energy = dense_crf_adm_energy(image, probs, probs, bilateral_weight=3.0, **options)
    # KL(S | S) is 0, and w is twice lambda. Two ways of summing in float32.
    expected = 3.0 / 2 * np.prod(SIZE) * dense_crf_loss(image, probs, **sigmas)
    np.testing.assert_allclose(energy, expected, rtol=1e-4)


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea"])
def test_published_weight_of_the_raw_energy_is_4_to_6_of_mean_field(photograph, name):
    image = photograph(name, 321, 321)[None]
    uniform = np.full((1, 321, 321, 2), 0.5, np.float32)
    raw = dense_crf_loss(
        image, uniform, sigma_xy=100.0, sigma_color=15.0, normalization="none"
    )
    total = 2 * raw[0]  # S' W (1 - S) is 1' W 1 / 4 for either class
    assert 4 < 2 * 1e-8 * total < 6


def value_and_gradient(image, probs, **options):
    probs = tf.constant(probs)
    with tf.GradientTape() as tape:
        tape.watch(probs)
        loss = dense_crf_adm_loss(image, probs, **(CRF | options))
    return loss.numpy(), tape.gradient(loss, probs).numpy()


def test_loss_is_the_cross_entropy_of_the_unlabelled_pixels(make, scribbled):
    probs = make.probs(SHAPE)
    loss, gradient = value_and_gradient(**scribbled, probs=probs)
    X, S, _, labels = by_hand(scribbled, probs)
    counts = (labels == 255) & (scribbled["region"].ravel() > 0)
    expected = -np.sum(X * np.log(S), axis=1)[counts].mean()
    np.testing.assert_allclose(loss, [expected], rtol=1e-5)
    # X is a constant to the gradient.
    expected = np.where(counts[:, None], -X / S, 0.0) / counts.sum()
    largest = np.abs(expected).max()
    np.testing.assert_allclose(
        gradient[0].reshape(-1, CLASSES), expected, atol=1e-5 * largest
    )


def test_nothing_labelled_and_a_region_of_ones_are_the_image_alone(make, image):
    probs = make.probs(SHAPE)
    ones, nothing = np.ones((1, *SIZE, 1)), np.full((1, *SIZE), 255)
    alone = value_and_gradient(image, probs)
    for more in ({"region": ones}, {"region": ones, "labels": nothing}):
        same = value_and_gradient(image, probs, **more)
        np.testing.assert_array_equal(same[0], alone[0])
        np.testing.assert_array_equal(same[1], alone[1])


@pytest.mark.parametrize("what", ["all labelled", "empty region"])
def test_an_image_with_nothing_to_propose_gives_zero(make, scribbled, what):
    if what == "all labelled":
        scribbled["labels"][:] = 1
    else:
        scribbled["region"][:] = 0
    loss, gradient = value_and_gradient(**scribbled, probs=make.probs(SHAPE))
    assert loss == 0 and not gradient.any()


def test_scale_takes_nearest_image_and_labels_and_bilinear_probabilities(make):
    image, probs = make.image((1, 12, 16)), make.probs((1, 12, 16, 3))
    labels = np.random.default_rng(0).choice([0, 1, 255], (1, 12, 16))
    region = np.ones((1, 12, 16, 1), np.float32)
    region[:, 8:] = 0
    scribbled = {"image": image, "region": region, "labels": labels}
    loss, _ = value_and_gradient(**scribbled, probs=probs, scale=0.5)
    halved = {name: sigma / 2 for name, sigma in SIGMAS.items()}
    halved["sigma_color"] = SIGMAS["sigma_color"]
    means = probs.reshape(1, 6, 2, 8, 2, 3).mean(axis=(2, 4))  # of 2 x 2 blocks
    scribbled = {name: array[:, ::2, ::2] for name, array in scribbled.items()}
    expected, _ = value_and_gradient(**scribbled, probs=means, **halved)
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_certain_probabilities_and_one_pixel_give_no_nan(make, scribbled):
    certain = tf.constant(np.eye(CLASSES)[np.zeros((1, *SIZE), int)] * 300, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(certain)
        loss = dense_crf_adm_loss(**scribbled, probs=tf.nn.softmax(certain))
    assert np.isfinite(loss).all()
    assert np.isfinite(tape.gradient(loss, certain)).all()
    pixel = {name: array[:, :1, :1] for name, array in scribbled.items()}
    one = value_and_gradient(**pixel, probs=make.probs((1, 1, 1, 2)))
    assert np.isfinite(one[0]).all() and np.isfinite(one[1]).all()


def test_defaults_are_those_of_sec():
    config = DenseCRFADMLoss().get_config()
    assert config["num_iterations"] == 10
    assert config["normalization"] == "symmetric"
    assert PUBLISHED_CRFS["sec"].items() <= config.items()


def test_a_label_that_is_no_class_is_an_error(make, scribbled):
    scribbled["labels"][0, 0, 0] = CLASSES
    with pytest.raises(ValueError, match=r"Labels must be class.* label 3, .* 3$"):
        dense_crf_adm_loss(**scribbled, probs=make.probs(SHAPE))


def test_channels_of_a_keras_target_are_region_and_labels(make, scribbled):
    probs = make.probs(SHAPE)
    expected, _ = value_and_gradient(**scribbled, probs=probs)
    image, region, labels = scribbled.values()
    labels = labels[..., None]
    options = {**CRF, "label_channel": True}
    both = np.concatenate([image, region, labels], -1).astype("f4")
    loss = DenseCRFADMLoss(region_channel=True, **options).call(both, probs)
    np.testing.assert_array_equal(loss, expected)
    scribbled["region"] = None
    expected, _ = value_and_gradient(**scribbled, probs=probs)
    labelled = np.concatenate([image, labels], -1).astype("f4")
    loss = DenseCRFADMLoss(**options).call(labelled, probs)
    np.testing.assert_array_equal(loss, expected)


def test_wrong_arguments_are_named(make, image):
    for options in ({"scale": 0}, {"sigma_color": 0.0}, {"num_iterations": -1}):
        message = f"`{next(iter(options))}` must be"
        with pytest.raises(ValueError, match=message):
            dense_crf_adm_loss(image, make.probs(SHAPE), **options)
        with pytest.raises(ValueError, match=message):
            DenseCRFADMLoss(**options)
    with pytest.raises(ValueError, match=r"C from 1 to 6\..*9, 8, 9\)"):
        dense_crf_adm_loss(tf.zeros((1, *SIZE, 9)), make.probs((1, *SIZE, 9)))
    with pytest.raises(ValueError, match=r"`labels` must be one integer.*9, 8, 1\)"):
        dense_crf_adm_loss(image, make.probs(SHAPE), labels=np.ones((1, *SIZE, 1)))
    with pytest.raises(ValueError, match="`image` and `probs` must have the same"):
        dense_crf_adm_loss(image, make.probs((1, 9, 9, 3)))
