"""The region of interest: pixels outside neither give nor receive."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.losses import dense_crf_loss, kernel_cut_loss, normalized_cut_loss

BANDWIDTHS = {"sigma_xy": 4.0, "sigma_color": 60.0}
LOSSES = [dense_crf_loss, normalized_cut_loss, kernel_cut_loss]
ROWS, COLUMNS = slice(3, 12), slice(2, 9)


@pytest.fixture
def example(make):
    image, probs = make.image((2, 14, 12)), make.probs((2, 14, 12, 3))
    region = np.zeros((2, 14, 12, 1), np.float32)
    region[:, ROWS, COLUMNS] = 1
    return np.concatenate([image, region], axis=-1), probs


def value_and_gradient(loss, image, probs, **options):
    probs = tf.constant(probs)
    with tf.GradientTape() as tape:
        tape.watch(probs)
        energy = loss(image, probs, **(BANDWIDTHS | options))
    return energy.numpy(), tape.gradient(energy, probs).numpy()


@pytest.mark.parametrize("relaxation", ["bilinear", "quadratic"])
@pytest.mark.parametrize("affinity", ["gaussian", "grid4", "grid8"])
@pytest.mark.usefixtures("exact_filter")
def test_a_region_is_worth_the_image_cut_out(example, affinity, relaxation):
    image, probs = example
    options = {"affinity": affinity, "relaxation": relaxation}
    energy, gradient = value_and_gradient(kernel_cut_loss, image, probs, **options)
    cut_out, cut_out_gradient = value_and_gradient(
        kernel_cut_loss,
        image[:, ROWS, COLUMNS, :3],
        probs[:, ROWS, COLUMNS],
        **options,
    )
    # The same sums in float32, in another order.
    np.testing.assert_allclose(energy, cut_out, rtol=1e-5)
    np.testing.assert_allclose(gradient[:, ROWS, COLUMNS], cut_out_gradient, atol=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_lattice_hardly_sees_the_colours_outside(example, loss):
    image, probs = example
    other = image.copy()
    outside = image[..., 3] == 0
    other[outside, :3] = 255 - image[outside, :3]
    # Values outside are 0, but their vertices let the blur through: a part in a
    # hundred, below the lattice's own error of 3 %.
    np.testing.assert_allclose(
        loss(other, probs, **BANDWIDTHS), loss(image, probs, **BANDWIDTHS), rtol=0.01
    )


@pytest.mark.parametrize("affinity", ["gaussian", "grid8"])
@pytest.mark.parametrize("loss", LOSSES)
def test_probabilities_outside_do_not_matter(example, loss, affinity):
    image, probs = example
    energy, gradient = value_and_gradient(loss, image, probs, affinity=affinity)
    other = probs.copy()
    other[image[..., 3] == 0] = [0.9, 0.1, 0.0]
    changed, _ = value_and_gradient(loss, image, other, affinity=affinity)
    np.testing.assert_array_equal(changed, energy)
    assert not gradient[image[..., 3] == 0].any()
    assert gradient[image[..., 3] == 1].all()


@pytest.mark.parametrize("affinity", ["gaussian", "grid4"])
@pytest.mark.parametrize("loss", LOSSES)
def test_a_region_of_ones_is_no_region(example, loss, affinity):
    image, probs = example
    image = np.concatenate([image[..., :3], np.ones_like(image[..., 3:])], axis=-1)
    with_region = value_and_gradient(loss, image, probs, affinity=affinity)
    without = value_and_gradient(loss, image[..., :3], probs, affinity=affinity)
    np.testing.assert_array_equal(with_region[0], without[0])
    np.testing.assert_array_equal(with_region[1], without[1])


@pytest.mark.parametrize("options", [{}, {"relaxation": "quadratic"}])
@pytest.mark.parametrize("affinity", ["gaussian", "grid4"])
def test_an_empty_region_has_no_energy_and_no_gradient(example, affinity, options):
    image, probs = example
    image[0, ..., 3] = 0
    energy, gradient = value_and_gradient(
        kernel_cut_loss, image, probs, affinity=affinity, **options
    )
    assert energy[0] == 0
    assert energy[1] > 0
    assert not gradient[0].any()
    assert np.isfinite(gradient).all()


def test_the_region_is_resized_to_the_nearest_pixel(make):
    image, probs = make.image((1, 12, 12)), make.probs((1, 12, 12, 2))
    region = np.zeros((1, 12, 12, 1), np.float32)
    region[:, ::2, ::2] = 1  # all that is left at half the size
    halved = {**BANDWIDTHS, "scale": 0.5}
    with_region = dense_crf_loss(np.concatenate([image, region], -1), probs, **halved)
    without = dense_crf_loss(image, probs, **halved)
    np.testing.assert_array_equal(with_region, without)
