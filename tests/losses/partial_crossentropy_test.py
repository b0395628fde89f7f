"""Partial cross entropy: values, unlabelled pixels, vanishing probabilities."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.losses import PartialCrossentropy, partial_crossentropy


def value_and_gradient(labels, probs, **options):
    probs = tf.constant(probs)
    with tf.GradientTape() as tape:
        tape.watch(probs)
        loss = partial_crossentropy(labels, probs, **options)
    return loss.numpy(), tape.gradient(loss, probs).numpy()


@pytest.fixture
def scribble():
    labels = np.full((3, 6, 5), 255)
    labels[0, 2, 1:4] = [0, 1, 2]
    labels[1] = 1
    return labels  # the last image has no label


def test_loss_is_the_mean_over_labelled_pixels_of_each_image(make, scribble):
    probs = make.probs((3, 6, 5, 3))
    loss, _ = value_and_gradient(scribble, probs)
    assert loss.shape == (3,)
    first = -np.log(probs[0, 2, [1, 2, 3], [0, 1, 2]]).mean()
    second = -np.log(probs[1, ..., 1]).mean()
    np.testing.assert_allclose(loss, [first, second, 0], rtol=1e-6)


def test_an_image_without_labels_gives_zero_and_no_gradient(make, scribble):
    loss, gradient = value_and_gradient(scribble, make.probs((3, 6, 5, 3)))
    assert loss[2] == 0
    assert not gradient[2].any()
    assert not gradient[scribble == 255].any()
    assert gradient[scribble != 255].any(axis=-1).all()


def test_gradient_is_minus_the_inverse_probability_over_the_count(make, scribble):
    probs = make.probs((3, 6, 5, 3))
    _, gradient = value_and_gradient(scribble, probs)
    expected = np.zeros_like(probs)
    for column, label in ((1, 0), (2, 1), (3, 2)):
        expected[0, 2, column, label] = -1 / probs[0, 2, column, label] / 3
    expected[1, ..., 1] = -1 / probs[1, ..., 1] / 30
    np.testing.assert_allclose(gradient, expected, rtol=1e-5)


def test_full_labels_give_the_stock_cross_entropy(make):
    probs = make.probs((2, 4, 4, 5))
    labels = np.random.default_rng(0).integers(0, 5, (2, 4, 4))
    stock = keras.losses.SparseCategoricalCrossentropy()(labels, probs)
    # The stock loss clips probabilities at 1e-7.
    np.testing.assert_allclose(PartialCrossentropy()(labels, probs), stock, rtol=1e-5)


def test_a_vanished_probability_gives_a_finite_loss_and_no_nan_at_the_logits():
    logits = tf.constant([[[[0.0, 300.0]]]])  # the softmax underflows to exactly 0
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = partial_crossentropy([[[0]]], tf.nn.softmax(logits))
    assert np.isfinite(loss.numpy()).all()
    assert np.isfinite(tape.gradient(loss, logits).numpy()).all()


def test_the_worst_pixels_still_learn():
    logits = tf.constant([[[[0.0, 30.0]]]])  # probability 1e-13
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = partial_crossentropy([[[0]]], tf.nn.softmax(logits))
    np.testing.assert_allclose(
        tape.gradient(loss, logits), [[[[-1.0, 1.0]]]], rtol=1e-5
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64, np.float32])
def test_labels_of_any_type_are_understood(make, scribble, dtype):
    probs = make.probs((3, 6, 5, 3))
    np.testing.assert_array_equal(
        partial_crossentropy(scribble.astype(dtype), probs),
        partial_crossentropy(scribble, probs),
    )


def test_the_ignored_label_can_be_another(make, scribble):
    probs = make.probs((3, 6, 5, 3))
    labels = np.where(scribble == 255, -1, scribble)
    np.testing.assert_array_equal(
        partial_crossentropy(labels, probs, ignore_class=-1),
        partial_crossentropy(scribble, probs),
    )


@pytest.mark.parametrize("label", [3, 254, -1])
def test_a_label_that_is_no_class_is_an_error(make, label):
    labels = np.full((1, 2, 2), label)
    probs = make.probs((1, 2, 2, 3))
    sentence = "Labels must be class numbers.*ignore_class=255"
    with pytest.raises(ValueError, match=f"{sentence}.* label {label}, .* classes 3"):
        partial_crossentropy(labels, probs)
    found = rf"{sentence}.*\[label\] \[{label}\] \[number of classes\] \[3\]"
    with pytest.raises(tf.errors.InvalidArgumentError, match=found):
        tf.function(partial_crossentropy)(labels, probs)


@pytest.mark.parametrize(
    ("labels_shape", "probs_shape", "message"),
    [
        ((2, 4, 4, 1), (2, 4, 4, 3), r"`labels` must be one integer.*\(2, 4, 4, 1\)"),
        ((2, 4, 4), (2, 4, 4), r"`probs` must be softmax.*\(2, 4, 4\)"),
        ((2, 4, 5), (2, 4, 4, 3), r"`labels` and `probs` must have the same"),
    ],
)
def test_wrong_shapes_are_named(labels_shape, probs_shape, message):
    with pytest.raises(ValueError, match=message):
        partial_crossentropy(tf.zeros(labels_shape), tf.zeros(probs_shape))


def test_stride_reads_every_so_many_th_pixel(make, scribble):
    labels = np.random.default_rng(1).integers(0, 3, (3, 6, 5))
    labels[0, 0] = 255
    probs = make.probs((3, 6, 5, 3))
    loss, gradient = value_and_gradient(labels, probs, stride=2)
    expected, _ = value_and_gradient(labels[:, ::2, ::2], probs[:, ::2, ::2])
    np.testing.assert_allclose(loss, expected, rtol=1e-6)
    assert gradient[1, ::2, ::2].any(axis=-1).all()
    assert not gradient[:, 1::2].any() and not gradient[:, :, 1::2].any()


def test_batch_is_one_mean_over_all_labelled_pixels(make, scribble):
    probs = make.probs((3, 6, 5, 3))
    loss, gradient = value_and_gradient(scribble, probs, normalize_by="batch")
    surprise = -np.log([probs[0, 2, k + 1, k] for k in range(3)]).sum()
    surprise += -np.log(probs[1, ..., 1]).sum()
    np.testing.assert_allclose(loss.mean(), surprise / 33, rtol=1e-6)
    # Every labelled pixel weighs the same.
    np.testing.assert_allclose(
        gradient[0, 2, 1, 0] * probs[0, 2, 1, 0],
        gradient[1, 0, 0, 1] * probs[1, 0, 0, 1],
        rtol=1e-5,
    )


def test_batch_without_labels_gives_zero(make):
    labels = np.full((2, 4, 4), 255)
    loss, gradient = value_and_gradient(
        labels, make.probs((2, 4, 4, 3)), normalize_by="batch"
    )
    assert not loss.any() and not gradient.any()


def test_wrong_options_are_named():
    with pytest.raises(ValueError, match="normalize_by"):
        PartialCrossentropy(normalize_by="pixel")
    with pytest.raises(ValueError, match="stride"):
        PartialCrossentropy(stride=0)


@pytest.mark.parametrize("normalize_by", ["image", "batch"])
def test_class_weights_are_those_of_a_weighted_mean(make, scribble, normalize_by):
    probs, weights = make.probs((3, 6, 5, 3)), (0.5, 2.0, 3.0)
    loss, gradient = value_and_gradient(
        scribble, probs, class_weight=weights, normalize_by=normalize_by
    )
    of_first = np.array([0.5, 2.0, 3.0])
    sums = (
        (of_first * -np.log(probs[0, 2, [1, 2, 3], [0, 1, 2]])).sum(),
        (2.0 * -np.log(probs[1, ..., 1])).sum(),
        0.0,
    )
    counts = np.array([of_first.sum(), 2.0 * 30, 1.0])
    if normalize_by == "batch":
        counts = np.full(3, (of_first.sum() + 2.0 * 30) / 3)
    np.testing.assert_allclose(loss, sums / counts, rtol=1e-6)
    expected = -2.0 / probs[1, 0, 0, 1] / counts[1]
    np.testing.assert_allclose(gradient[1, 0, 0, 1], expected, rtol=1e-5)


def test_a_class_of_weight_zero_is_unlabelled(make, scribble):
    probs = make.probs((3, 6, 5, 3))
    found, _ = value_and_gradient(scribble, probs, class_weight=(1, 1, 0))
    expected, _ = value_and_gradient(np.where(scribble == 2, 255, scribble), probs)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_equal_class_weights_change_nothing(make, scribble):
    probs = make.probs((3, 6, 5, 3))
    expected, _ = value_and_gradient(scribble, probs)
    found, _ = value_and_gradient(scribble, probs, class_weight=(4.0, 4.0, 4.0))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize(
    "weights", [(), (1.0,), (0.0, 0.0), (1.0, -1.0), (1.0, float("nan"))]
)
def test_class_weights_out_of_range_are_refused(weights):
    with pytest.raises(ValueError, match="class_weight"):
        PartialCrossentropy(class_weight=weights)


def test_class_weights_of_another_number_are_refused(make, scribble):
    with pytest.raises(ValueError, match="one number for each of 3 classes"):
        partial_crossentropy(
            scribble, make.probs((3, 6, 5, 3)), class_weight=(1.0, 2.0)
        )


def test_class_weights_are_saved(make, scribble):
    loss = PartialCrossentropy(class_weight=(1.0, 2.0, 5.0))
    again = PartialCrossentropy.from_config(loss.get_config())
    assert tuple(again.class_weight) == (1.0, 2.0, 5.0)
