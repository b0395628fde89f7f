"""The region of interest: pixels outside neither give nor receive."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.losses import (
    ConstrainToBoundaryLoss,
    DenseCRFADMLoss,
    DenseCRFLoss,
    KernelCutLoss,
    NormalizedCutLoss,
    dense_crf_loss,
    kernel_cut_loss,
    normalized_cut_loss,
)

BANDWIDTHS = {"sigma_xy": 4.0, "sigma_color": 60.0}
LOSSES = [dense_crf_loss, normalized_cut_loss, kernel_cut_loss]
ROWS, COLUMNS = slice(3, 12), slice(2, 9)


@pytest.fixture
def example(make):
    image, probs = make.image((2, 14, 12)), make.probs((2, 14, 12, 3))
    region = np.zeros((2, 14, 12, 1), np.float32)
    region[:, ROWS, COLUMNS] = 1
    return image, probs, region


def value_and_gradient(loss, image, probs, region=None, **options):
    probs = tf.constant(probs)
    with tf.GradientTape() as tape:
        tape.watch(probs)
        energy = loss(image, probs, region=region, **(BANDWIDTHS | options))
    return energy.numpy(), tape.gradient(energy, probs).numpy()


@pytest.mark.parametrize("relaxation", ["bilinear", "quadratic"])
@pytest.mark.parametrize("affinity", ["gaussian", "grid4", "grid8"])
@pytest.mark.usefixtures("exact_filter")
def test_a_region_is_worth_the_image_cut_out(example, affinity, relaxation):
    image, probs, region = example
    options = {"affinity": affinity, "relaxation": relaxation}
    energy, gradient = value_and_gradient(
        kernel_cut_loss, image, probs, region, **options
    )
    cut_out, cut_out_gradient = value_and_gradient(
        kernel_cut_loss, image[:, ROWS, COLUMNS], probs[:, ROWS, COLUMNS], **options
    )
    # The same sums in float32, in another order.
    np.testing.assert_allclose(energy, cut_out, rtol=1e-5)
    np.testing.assert_allclose(gradient[:, ROWS, COLUMNS], cut_out_gradient, atol=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_lattice_hardly_sees_the_colours_outside(example, loss):
    image, probs, region = example
    outside = region[..., 0] == 0
    other = image.copy()
    other[outside] = 255 - image[outside]
    options = {**BANDWIDTHS, "region": region}
    # Values outside are 0, but their vertices let the blur through: a part in a
    # hundred, below the lattice's own error of 3 %.
    np.testing.assert_allclose(
        loss(other, probs, **options), loss(image, probs, **options), rtol=0.01
    )


@pytest.mark.parametrize("affinity", ["gaussian", "grid8"])
@pytest.mark.parametrize("loss", LOSSES)
def test_probabilities_outside_do_not_matter(example, loss, affinity):
    image, probs, region = example
    energy, gradient = value_and_gradient(loss, image, probs, region, affinity=affinity)
    inside = region[..., 0] == 1
    other = probs.copy()
    other[~inside] = [0.9, 0.1, 0.0]
    changed, _ = value_and_gradient(loss, image, other, region, affinity=affinity)
    np.testing.assert_array_equal(changed, energy)
    assert not gradient[~inside].any()
    assert gradient[inside].all()


@pytest.mark.parametrize("affinity", ["gaussian", "grid4"])
@pytest.mark.parametrize("loss", LOSSES)
def test_a_region_of_ones_is_no_region(example, loss, affinity):
    image, probs, region = example
    ones = np.ones_like(region)
    with_region = value_and_gradient(loss, image, probs, ones, affinity=affinity)
    without = value_and_gradient(loss, image, probs, affinity=affinity)
    np.testing.assert_array_equal(with_region[0], without[0])
    np.testing.assert_array_equal(with_region[1], without[1])


@pytest.mark.parametrize("options", [{}, {"relaxation": "quadratic"}])
@pytest.mark.parametrize("affinity", ["gaussian", "grid4"])
def test_an_empty_region_has_no_energy_and_no_gradient(example, affinity, options):
    image, probs, region = example
    region[0] = 0
    energy, gradient = value_and_gradient(
        kernel_cut_loss, image, probs, region, affinity=affinity, **options
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
    with_region = dense_crf_loss(image, probs, region=region, **halved)
    without = dense_crf_loss(image, probs, **halved)
    np.testing.assert_array_equal(with_region, without)


@pytest.mark.parametrize(
    "cls",
    [
        DenseCRFLoss,
        NormalizedCutLoss,
        KernelCutLoss,
        ConstrainToBoundaryLoss,
        DenseCRFADMLoss,
    ],
)
def test_the_last_channel_of_a_keras_target_is_the_region(example, cls):
    image, probs, region = example
    target = np.concatenate([image, region], axis=-1)
    expected = cls._function(image, probs, region=region, **BANDWIDTHS)
    loss = cls(region_channel=True, **BANDWIDTHS)
    np.testing.assert_array_equal(loss.call(target, probs), expected)
    without = cls(**BANDWIDTHS).call(image, probs)
    np.testing.assert_array_equal(without, cls._function(image, probs, **BANDWIDTHS))
    assert np.all(without != expected)


def test_a_target_without_another_channel_is_refused(example):
    _, probs, region = example
    message = r"With `region_channel=True` the target must be .*\(2, 14, 12, 1\)"
    with pytest.raises(ValueError, match=message):
        DenseCRFLoss(region_channel=True)(region, probs)


def test_a_region_that_looks_like_a_channel_is_pointed_at(example):
    image, probs, region = example
    target = np.concatenate([image, region], axis=-1)
    with pytest.warns(UserWarning, match="or say `region_channel=True`"):
        DenseCRFLoss()(target, probs)
    message = "one for each channel of the image, 4. If the last channel is the region"
    with pytest.raises(ValueError, match=message):
        DenseCRFLoss(sigma_color=(15.0, 15.0, 10.0))(target, probs)


@pytest.mark.parametrize(
    "region", [np.ones((2, 14, 12)), np.ones((2, 14, 11, 1)), np.ones((2, 14, 12, 2))]
)
def test_a_region_of_another_shape_is_refused(example, region):
    image, probs, _ = example
    with pytest.raises(ValueError, match="`region`"):
        dense_crf_loss(image, probs, region=region, **BANDWIDTHS)
