"""The normalized cut loss: values, range, empty classes, degenerate images."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.losses import NormalizedCutLoss, normalized_cut_loss

BANDWIDTHS = {"sigma_xy": 4.0, "sigma_color": 60.0}
# float32 sums over some 100 pixels against float64.
ROUNDING = 1e-5


def value_and_gradient(image, probs, **options):
    probs = tf.constant(probs)
    with tf.GradientTape() as tape:
        tape.watch(probs)
        energy = normalized_cut_loss(image, probs, **(BANDWIDTHS | options))
    return energy.numpy(), tape.gradient(energy, probs).numpy()


@pytest.mark.parametrize("classes", [1, 2, 5])
@pytest.mark.usefixtures("exact_filter")
def test_energy_is_eq_5(dense, make, classes):
    image, probs = make.image((2, 8, 9)), make.probs((2, 8, 9, classes))
    energy = normalized_cut_loss(image, probs, **BANDWIDTHS)
    assert energy.shape == (2,)
    for i in range(2):
        W = dense.gaussian_affinity(image[i], **BANDWIDTHS)
        exact = dense.cut_energy(W, probs[i].reshape(72, classes))
        np.testing.assert_allclose(energy[i], exact, atol=ROUNDING)


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea"])
def test_energy_of_the_lattice_is_near_that_of_the_dense_sum(dense, photograph, name):
    image = photograph(name, 48, 48)
    bandwidths = {"sigma_xy": 9.0, "sigma_color": 15.0}
    W = dense.gaussian_affinity(image, **bandwidths)
    probs = np.zeros((1, 48, 48, 2), np.float32)
    probs[:, :, :20, 0] = 1
    probs[:, :, 20:, 1] = 1
    energy = normalized_cut_loss(image[None], probs, **bandwidths)
    exact = dense.cut_energy(W, probs.reshape(-1, 2))
    # The scale of W cancels in the ratio; the lattice's blur at the border does not.
    np.testing.assert_allclose(energy[0], exact, rtol=0.06)


@pytest.mark.parametrize(
    ("affinity", "highest"),
    # In a grid pixels have no affinity with themselves: a checkerboard cuts it all.
    [("gaussian", 2), ("grid4", 3), ("grid8", 3)],
)
def test_energy_is_between_0_and_its_bound(make, affinity, highest):
    image = make.image((4, 12, 11))
    for contrast in (0.0, 1.0, 8.0):
        probs = make.probs((4, 12, 11, 3), contrast=contrast)
        energy = normalized_cut_loss(image, probs, **BANDWIDTHS, affinity=affinity)
        assert np.all(energy.numpy() >= -ROUNDING)
        assert np.all(energy.numpy() <= highest + ROUNDING)


def test_undecided_segmentation_has_the_highest_energy(make):
    probs = np.full((1, 10, 10, 4), 0.25, np.float32)
    energy = normalized_cut_loss(make.image((1, 10, 10)), probs, **BANDWIDTHS)
    np.testing.assert_allclose(energy, [3.0], atol=ROUNDING)


def test_classes_that_no_pixel_has_give_no_term_and_no_gradient(make):
    image, two = make.image((1, 10, 10)), make.probs((1, 10, 10, 2))
    four = np.concatenate([two, np.zeros_like(two)], axis=-1)
    energy, gradient = value_and_gradient(image, four)
    alone, _ = value_and_gradient(image, two)
    np.testing.assert_allclose(energy, alone, rtol=ROUNDING)
    assert np.isfinite(gradient).all()
    assert not gradient[..., 2:].any()


@pytest.mark.parametrize("probability", [1e-3, 1e-7, 1e-14, 1e-20, 1e-38])
def test_gradient_is_finite_however_small_a_class(make, probability):
    two = make.probs((1, 10, 10, 2)) * (1.0 - probability)
    third = np.full_like(two[..., :1], probability)
    probs = np.concatenate([two, third], axis=-1)
    energy, gradient = value_and_gradient(make.image((1, 10, 10)), probs)
    assert np.isfinite(energy).all()
    assert np.isfinite(gradient).all()
    # What reaches the logits is bounded too: no class is smaller than its gradient.
    assert np.abs(gradient[..., 2] * probability).max() < 1


def test_min_share_takes_small_classes_out_of_the_sum(make):
    image, probs = make.image((2, 10, 10)), make.probs((2, 10, 10, 3))
    # A share of 1 % in the first image, a third elsewhere.
    probs[0, ..., :2] = 0.99 * make.probs((10, 10, 2))
    probs[0, ..., 2] = 0.01
    first_without, _ = value_and_gradient(image[:1], probs[:1, ..., :2])
    second, _ = value_and_gradient(image[1:], probs[1:])
    energy, gradient = value_and_gradient(image, probs, min_share=0.05)
    np.testing.assert_allclose(energy[0], first_without[0], rtol=ROUNDING)
    np.testing.assert_allclose(energy[1], second[0], rtol=ROUNDING)
    assert not gradient[0, ..., 2].any()
    assert gradient[1, ..., 2].all()


def test_min_share_of_a_class_at_the_limit_still_counts(make):
    probs = np.full((1, 6, 6, 2), 0.5, np.float32)
    energy, _ = value_and_gradient(make.image((1, 6, 6)), probs, min_share=0.5)
    np.testing.assert_allclose(energy, [1.0], atol=ROUNDING)


@pytest.mark.parametrize("affinity", ["gaussian", "grid4", "grid8"])
def test_one_pixel_and_constant_images_have_finite_energies(make, affinity):
    for shape in ((1, 1, 1), (1, 1, 7), (1, 6, 5)):
        probs = make.probs((*shape, 3))
        constant = np.full((*shape, 3), 128, np.float32)
        energy, gradient = value_and_gradient(constant, probs, affinity=affinity)
        assert np.isfinite(energy).all()
        assert np.isfinite(gradient).all()


def test_no_classes_left_means_no_energy(make):
    image, probs = make.image((1, 6, 6)), make.probs((1, 6, 6, 3))
    energy, gradient = value_and_gradient(image, probs, min_share=1.0)
    assert not energy.any()
    assert not gradient.any()


@pytest.mark.parametrize("value", [-0.1, 1.1, None])
def test_wrong_min_share_is_named(make, value):
    message = r"`min_share` must be a number in \[0, 1\].*" + str(value)
    with pytest.raises(ValueError, match=message):
        value_and_gradient(
            make.image((1, 4, 4)), make.probs((1, 4, 4, 2)), min_share=value
        )
    with pytest.raises(ValueError, match=message):
        NormalizedCutLoss(min_share=value)
