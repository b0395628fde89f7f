"""The seeding loss: values, both kinds of cues, normalisation, images without cues."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.losses import SeedingLoss, partial_crossentropy, seeding_loss

SHAPE = (3, 6, 5, 4)


def value_and_gradient(cues, probs, **options):
    probs = tf.constant(probs)
    with tf.GradientTape() as tape:
        tape.watch(probs)
        loss = seeding_loss(cues, probs, **options)
    return loss.numpy(), tape.gradient(loss, probs).numpy()


def one_hot(cues):
    return np.eye(256, dtype=np.float32)[cues][..., : SHAPE[-1]]


@pytest.fixture
def cues():
    labels = np.full(SHAPE[:3], 255)
    labels[0, 2, :4] = [0, 1, 2, 2]
    labels[1, 1:4] = 3
    return labels  # the last image has no cue


def published(cues, probs, floor):
    """The formula of SEC's code, for one image with cues (H, W, K)."""
    probs = probs + floor
    probs = probs / probs.sum(axis=-1, keepdims=True)
    return -np.sum(cues * np.log(probs)) / np.sum(cues)


@pytest.mark.parametrize("floor", [0.0, 1e-4, 0.1])
@pytest.mark.parametrize("kind", [np.asarray, one_hot])
def test_loss_is_the_mean_over_all_cues_of_each_image(make, cues, kind, floor):
    probs = make.probs(SHAPE)
    loss, _ = value_and_gradient(kind(cues), probs, floor=floor)
    expected = [published(one_hot(cues)[i], probs[i], floor) for i in (0, 1)]
    np.testing.assert_allclose(loss, [*expected, 0], rtol=1e-5)


@pytest.mark.parametrize("kind", [np.asarray, one_hot])
def test_balanced_takes_background_and_foreground_apart(make, cues, kind):
    probs = make.probs(SHAPE)
    loss, _ = value_and_gradient(kind(cues), probs, normalize_by="balanced", floor=0.0)
    first = -np.log(probs[0, 2, np.arange(4), [0, 1, 2, 2]])
    first = first[0] + first[1:].mean()
    foreground = -np.log(probs[1, 1:4, :, 3]).mean()  # and no background
    np.testing.assert_allclose(loss, [first, foreground, 0], rtol=1e-5)


@pytest.mark.parametrize("normalize_by", ["all", "balanced"])
@pytest.mark.parametrize("kind", [np.asarray, one_hot])
def test_gradient_is_at_the_cues_only(make, cues, kind, normalize_by):
    loss, gradient = value_and_gradient(
        kind(cues), make.probs(SHAPE), normalize_by=normalize_by
    )
    assert loss[2] == 0 and np.isfinite(gradient).all()
    np.testing.assert_array_equal(gradient != 0, one_hot(cues) > 0)


@pytest.mark.parametrize("normalize_by", ["all", "balanced"])
def test_gradient_equals_finite_differences(make, cues, normalize_by):
    probs = make.probs(SHAPE, contrast=0.5)
    _, gradient = value_and_gradient(cues, probs, normalize_by=normalize_by)
    direction = probs * np.sign(gradient)
    step = 0.01  # the third derivative costs step^2 = 1e-4 of the change
    after, _ = value_and_gradient(
        cues, probs + step * direction, normalize_by=normalize_by
    )
    before, _ = value_and_gradient(
        cues, probs - step * direction, normalize_by=normalize_by
    )
    along = np.sum(gradient * direction, axis=(1, 2, 3))
    np.testing.assert_allclose((after - before) / (2 * step), along, rtol=1e-3)


def test_pixels_may_have_cues_of_several_classes(make):
    probs = make.probs((1, 1, 1, 3))
    loss = seeding_loss([[[[0.0, 1.0, 1.0]]]], probs, floor=0.0)
    np.testing.assert_allclose(loss, [-np.log(probs[0, 0, 0, 1:]).mean()], rtol=1e-6)


def test_without_a_floor_it_is_the_partial_cross_entropy_of_the_cues(make, cues):
    probs = make.probs(SHAPE)
    np.testing.assert_array_equal(
        seeding_loss(cues, probs, floor=0.0), partial_crossentropy(cues, probs)
    )


@pytest.mark.parametrize("kind", [np.asarray, one_hot])
def test_stride_reads_every_so_many_th_pixel(make, kind):
    cues = np.random.default_rng(1).integers(0, 4, SHAPE[:3])
    probs = make.probs(SHAPE)
    loss, gradient = value_and_gradient(kind(cues), probs, stride=2)
    expected = seeding_loss(kind(cues)[:, ::2, ::2], probs[:, ::2, ::2])
    np.testing.assert_array_equal(loss, expected)
    assert gradient[:, ::2, ::2].any(axis=-1).all()
    assert not gradient[:, 1::2].any() and not gradient[:, :, 1::2].any()


@pytest.mark.parametrize("floor", [0.0, 1e-4])
def test_a_vanished_probability_gives_no_nan_at_the_logits(floor):
    logits = tf.constant([[[[0.0, 300.0]]]])  # the softmax underflows to exactly 0
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = seeding_loss([[[0]]], tf.nn.softmax(logits), floor=floor)
    assert np.isfinite(loss).all()
    assert np.isfinite(tape.gradient(loss, logits)).all()


def test_a_cue_that_is_no_class_is_an_error(make):
    with pytest.raises(ValueError, match=r"Labels must be class.* label 4, .* 4$"):
        seeding_loss(np.full((1, 2, 2), 4), make.probs((1, 2, 2, 4)))


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((2, 4), r"`cues` must be one integer per pixel.*\(2, 4\)"),
        ((2, 4, 4, 1), r"`cues` must be one integer per pixel.*\(2, 4, 4, 1\)"),
        ((2, 4, 5), r"`cues` and `probs` must have the same"),
    ],
)
def test_wrong_shapes_are_named(shape, message):
    with pytest.raises(ValueError, match=message):
        seeding_loss(tf.zeros(shape), tf.zeros((2, 4, 4, 3)))


@pytest.mark.parametrize(
    "options", [{"normalize_by": "image"}, {"stride": 0}, {"floor": -1.0}]
)
def test_wrong_options_are_named(options):
    with pytest.raises(ValueError, match=f"`{next(iter(options))}` must be"):
        SeedingLoss(**options)
