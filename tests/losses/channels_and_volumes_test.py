"""The losses on images of one to six channels, and on volumes."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from tests.losses.exact_gradients import cosine, exact_gradients
from tests.ops.blobs import blobs
from tf_rloss import ops
from tf_rloss.losses import (
    dense_crf_loss,
    kernel_cut_loss,
    normalized_cut_loss,
)
from tf_rloss.losses.affinity import Affinity

IMAGES = [((2, 8, 9), channels) for channels in (1, 2, 4, 6)]
VOLUMES = [((2, 3, 5, 6), channels) for channels in (1, 2, 3)]
every_case = pytest.mark.parametrize("shape, channels", IMAGES + VOLUMES)
COLOURS = (60.0, 70.0, 80.0, 90.0, 100.0, 110.0)
ROUNDING = 1e-5  # as for RGB
LOSSES = {
    "crf": dense_crf_loss,
    "crf raw": functools.partial(dense_crf_loss, normalization="none"),
    "crf quadratic": functools.partial(dense_crf_loss, relaxation="quadratic"),
    "ncut": normalized_cut_loss,
    "kernel cut": functools.partial(kernel_cut_loss, gamma=0.5),
}


def sigmas_of(shape, channels):
    """Arguments: anisotropic in a volume, and one for each channel."""
    position = {"sigma_xy": 4.0}
    if len(shape) == 4:
        position = {"sigma_xyz": (4.0, 3.0, 1.5)}
    return {**position, "sigma_color": COLOURS[:channels]}


def make_region(shape):
    region = np.ones((*shape, 1), np.float32)
    region[:, -1] = region[..., :2, :] = 0
    return region


def value_and_gradient(loss, probs):
    probs = tf.constant(probs)
    with tf.GradientTape() as tape:
        tape.watch(probs)
        value = loss(probs)
    return value.numpy(), tape.gradient(value, probs).numpy()


@every_case
@pytest.mark.parametrize("with_region", [False, True])
@pytest.mark.parametrize("affinity", ["gaussian", "neighbours", "all neighbours"])
@pytest.mark.usefixtures("exact_filter")
def test_energies_and_gradients_are_those_of_the_dense_matrix(
    dense, make, shape, channels, with_region, affinity
):
    image = make.image(shape, channels=channels)
    probs = make.probs((*shape, 3))
    region = make_region(shape) if with_region else None
    sigmas = sigmas_of(shape, channels)
    kinds = ["grid4", "grid8"] if len(shape) == 3 else ["grid6", "grid26"]
    diagonals = affinity == "all neighbours"
    kind = "gaussian" if affinity == "gaussian" else kinds[diagonals]
    options = {**sigmas, "affinity": kind, "region": region}
    matrices = []
    for i in range(2):
        W = dense.gaussian_affinity(image[i], **sigmas)
        if kind != "gaussian":
            W = dense.grid_affinity(image[i], **sigmas, diagonals=diagonals)
        matrices.append(W if region is None else dense.restrict(W, region[i]))
    S = probs.reshape(2, -1, 3).astype(np.float64)

    raw, gradient = value_and_gradient(
        lambda p: dense_crf_loss(image, p, **options, normalization="none"), probs
    )
    quadratic = dense_crf_loss(
        image, probs, **options, normalization="none", relaxation="quadratic"
    )
    cut, cut_gradient = value_and_gradient(
        lambda p: normalized_cut_loss(image, p, **options), probs
    )
    kernel_cut = kernel_cut_loss(image, probs, **options, gamma=0.5)
    for i, W in enumerate(matrices):
        d = W.sum(axis=1, keepdims=True)
        crf = dense.crf_energy(W, S[i])
        np.testing.assert_allclose(raw[i], crf, rtol=ROUNDING)
        wanted = dense.quadratic_energy(W, S[i])
        np.testing.assert_allclose(quadratic[i], wanted, rtol=10 * ROUNDING)
        ncut = dense.cut_energy(W, S[i])
        np.testing.assert_allclose(cut[i], ncut, rtol=ROUNDING)
        wanted = crf / W.sum() + 0.5 * ncut
        np.testing.assert_allclose(kernel_cut[i], wanted, rtol=ROUNDING)
        # d - 2 W S_k, and eq. 12 without the CRF.
        WS = W @ S[i]
        found = gradient[i].reshape(-1, 3)
        np.testing.assert_allclose(found, d - 2 * WS, atol=ROUNDING * d.max())
        size = np.sum(d * S[i], axis=0)
        within = np.sum(S[i] * WS, axis=0)
        wanted = within * d / size**2 - 2 * WS / size
        found = cut_gradient[i].reshape(-1, 3)
        np.testing.assert_allclose(found, wanted, atol=ROUNDING * np.abs(wanted).max())


@every_case
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_gradient_equals_finite_differences(make, shape, channels, loss):
    image = make.image(shape, channels=channels)
    probs = make.probs((*shape, 3), contrast=1.0)
    options = {**sigmas_of(shape, channels), "region": make_region(shape)}

    def energy(probs):
        return loss(image, probs, **options)

    _, gradient = value_and_gradient(energy, probs)
    direction = make.probs(probs.shape, seed=1) * np.sign(gradient)
    # As for RGB: central differences of a quadratic, and the rounding of float32.
    step = 0.01
    change = energy(probs + step * direction) - energy(probs - step * direction)
    along = np.sum(gradient * direction, axis=tuple(range(1, probs.ndim)))
    np.testing.assert_allclose(change / (2 * step), along, rtol=1e-3)


@pytest.mark.parametrize(
    "shape, channels",
    [((96, 96), c) for c in (1, 2, 3, 4, 6)] + [((20, 21, 24), c) for c in (1, 2, 3)],
)
def test_gradient_at_the_logits_is_that_of_the_exact_dense_energy(shape, channels):
    image = blobs(shape, channels)[None]
    sigmas, broad = {"sigma_xy": 100 * 96 / 513}, {"sigma_xy": 96 / 3}
    if len(shape) == 3:
        sigmas, broad = {"sigma_xyz": (6.0, 6.0, 3.0)}, {"sigma_xyz": 7.0}
    sigmas["sigma_color"], broad["sigma_color"] = 15.0, 60.0
    # A soft segmentation that follows colours and places, as in `gradients_test`, which
    # has the same bound for photographs.
    places = ops.bilateral_features(image, **broad)[0]
    seeds = np.random.default_rng(0).integers(0, len(places), 4)
    distance = tf.norm(places[:, None] - tf.gather(places, seeds)[None], axis=-1)
    logits = tf.reshape(-(distance**2), (1, *shape, 4))

    features = ops.bilateral_features(image, **sigmas)[0]
    crf, ncut = exact_gradients(logits, features)
    for loss, exact in (
        (dense_crf_loss, crf),
        (normalized_cut_loss, ncut),
        (kernel_cut_loss, crf + ncut),
    ):
        _, ours = value_and_gradient(
            lambda z, loss=loss: loss(image, z, from_logits=True, **sigmas), logits
        )
        assert cosine(ours, exact) >= 0.995, loss.__name__


@pytest.mark.parametrize("kind", ["gaussian", "grid6", "grid26"])
@pytest.mark.parametrize("order", [(1, 0, 2), (2, 1, 0), (1, 2, 0)])
@pytest.mark.usefixtures("exact_filter")
def test_axes_can_be_permuted_with_their_bandwidths(make, kind, order):
    shape, sigma_xyz = (1, 3, 5, 6), (4.0, 3.0, 1.5)
    image, probs = make.image(shape, channels=2), make.probs((*shape, 3))
    region = make_region(shape)
    axes = (0, *[1 + axis for axis in order], 4)
    # The bandwidths of x, y, z are those of the axes W, H, D: from the last on.
    permuted = tuple(sigma_xyz[::-1][axis] for axis in order)[::-1]

    def run(sigma_xyz, *arrays):
        image, probs, region = arrays
        options = {"sigma_xyz": sigma_xyz, "sigma_color": 60.0, "affinity": kind}
        return value_and_gradient(
            lambda p: kernel_cut_loss(image, p, region=region, **options), probs
        )

    value, gradient = run(sigma_xyz, image, probs, region)
    arrays = (np.transpose(array, axes) for array in (image, probs, region))
    other, other_gradient = run(permuted, *arrays)
    # The same terms in float32, in another order.
    np.testing.assert_allclose(other, value, rtol=1e-5)
    gradient = np.transpose(gradient, axes)
    atol = 1e-5 * np.abs(gradient).max()
    np.testing.assert_allclose(other_gradient, gradient, atol=atol)


@pytest.mark.parametrize("kind", ["gaussian", "neighbours", "all neighbours"])
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_volume_of_one_slice_is_an_image(make, loss, kind):
    image, probs = make.image((2, 9, 8), channels=2), make.probs((2, 9, 8, 3))
    region = make_region((2, 9, 8))
    flat = {"neighbours": "grid4", "all neighbours": "grid8"}.get(kind, kind)
    solid = {"neighbours": "grid6", "all neighbours": "grid26"}.get(kind, kind)
    colour = {"sigma_color": 60.0}
    one = {**colour, "affinity": flat, "sigma_xy": 4.0, "region": region}
    value, gradient = value_and_gradient(lambda p: loss(image, p, **one), probs)
    many = {**colour, "affinity": solid, "sigma_xyz": 4.0, "region": region[:, None]}
    other, other_gradient = value_and_gradient(
        lambda p: loss(image[:, None], p, **many), probs[:, None]
    )
    if kind == "gaussian":
        np.testing.assert_array_equal(other, value)
        np.testing.assert_array_equal(other_gradient[:, 0], gradient)
        return
    # The neighbours in another order.
    np.testing.assert_allclose(other, value, rtol=1e-5)
    atol = 1e-5 * np.abs(gradient).max()
    np.testing.assert_allclose(other_gradient[:, 0], gradient, atol=atol)


def test_scale_of_a_volume_takes_nearest_voxels_and_means_of_blocks(make):
    shape = (2, 4, 6, 8)
    image, probs = make.image(shape, channels=1), make.probs((*shape, 3))
    region = make_region(shape)
    sigmas = {"sigma_xyz": (4.0, 3.0, 2.0), "sigma_color": 60.0}
    small = dense_crf_loss(image, probs, region=region, **sigmas, scale=0.5)
    blocks = probs.reshape(2, 2, 2, 3, 2, 4, 2, 3).mean(axis=(2, 4, 6))
    image, region = (array[:, ::2, ::2, ::2] for array in (image, region))
    sigmas["sigma_xyz"] = (2.0, 1.5, 1.0)
    by_hand = dense_crf_loss(image, blocks, region=region, **sigmas)
    np.testing.assert_allclose(small, by_hand, rtol=ROUNDING)


def test_grids_of_a_volume_join_6_and_26_neighbours():
    image, ones = tf.zeros((1, 3, 3, 3, 1)), tf.ones((1, 3, 3, 3, 1))
    options = {"sigma_xy": None, "sigma_color": 1.0, "sigma_xyz": (1e6, 1e6, 5e5)}
    for kind, count, faces in (("grid6", 6, 5.0), ("grid26", 26, None)):
        product = Affinity(kind, **options).grid_product(ones, image)
        center = float(product[0, 1, 1, 1, 0])
        if faces:  # four steps of length 1, and two of length 2
            np.testing.assert_allclose(center, faces, rtol=1e-6)
        lonely = tf.one_hot(13, 27)  # the voxel in the middle
        product = Affinity(kind, **options).grid_product(
            tf.reshape(lonely, ones.shape), image
        )
        assert np.count_nonzero(product) == count
