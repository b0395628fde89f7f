"""All classes of losses: serialization, shapes, types, reduction, weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.keras_examples import ARGUMENTS
from tf_rloss import losses
from tf_rloss.losses import (
    DenseCRFLoss,
    ExpansionLoss,
    PartialCrossentropy,
    SeedingLoss,
    TagCrossentropy,
)

CLASSES = [
    cls for name in losses.__all__ if isinstance(cls := getattr(losses, name), type)
]


@pytest.fixture
def target_and_probs(make):
    def example(loss, dtype=np.float32):
        probs = make.probs((3, 8, 7, 4)).astype(dtype)
        rng = np.random.default_rng(0)
        if isinstance(loss, (PartialCrossentropy, SeedingLoss)):
            return rng.integers(0, 4, (3, 8, 7)), probs
        if isinstance(loss, (ExpansionLoss, TagCrossentropy)):
            return np.array([[1, 0, 1, 0], [1, 1, 1, 1], [1, 0, 0, 0]]), probs
        size = (3, 8, 7)
        if loss.sigma_xyz is not None:
            size = (3, 4, 8, 7)
            probs = make.probs((*size, 4)).astype(dtype)
        channels = [make.image(size)]
        if loss.region_channel:
            channels.append(np.ones((*size, 1), np.float32))
        if getattr(loss, "label_channel", False):
            channels.append(rng.choice([0, 3, 255], (*size, 1)))
        return np.concatenate(channels, -1), probs

    return example


@pytest.mark.parametrize("cls", CLASSES)
def test_a_copy_computes_the_same(cls, target_and_probs):
    loss = cls(**ARGUMENTS[cls])
    copy = keras.losses.deserialize(keras.losses.serialize(loss))
    target, probs = target_and_probs(loss)
    target = np.where(target == 255, 254, target)
    probs = np.log(probs) if getattr(loss, "from_logits", False) else probs
    np.testing.assert_array_equal(copy(target, probs), loss(target, probs))


@pytest.mark.parametrize("loss", [cls() for cls in CLASSES], ids=lambda loss: loss.name)
def test_class_is_the_function_reduced_over_the_batch(loss, target_and_probs):
    target, probs = target_and_probs(loss)
    function = getattr(losses, loss.name)
    options = {
        key: value
        for key, value in loss.get_config().items()
        if key not in ("name", "reduction", "dtype", *loss._target_options)
    }
    each = function(target, probs, **options)
    assert each.shape == (3,)
    assert len(np.unique(each)) == 3
    np.testing.assert_array_equal(loss.call(target, probs), each)
    np.testing.assert_allclose(loss(target, probs), np.mean(each), rtol=1e-6)


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", None])
def test_reduction_and_sample_weights_work_as_in_stock_losses(
    cls, reduction, target_and_probs
):
    loss = cls(reduction=reduction)
    target, probs = target_and_probs(loss)
    weights = np.array([0.5, 0.0, 3.0], np.float32)
    weighted = loss.call(target, probs) * weights
    expected = {
        "sum_over_batch_size": np.sum(weighted) / 3,
        "sum": np.sum(weighted),
        None: weighted,
    }[reduction]
    np.testing.assert_allclose(loss(target, probs, weights), expected, rtol=1e-6)


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("floatx", ["float16", "bfloat16"])
def test_loss_is_float32_whatever_the_policy(cls, floatx, target_and_probs):
    before = keras.config.floatx(), keras.config.dtype_policy()
    try:
        keras.config.set_floatx(floatx)
        keras.config.set_dtype_policy(f"mixed_{floatx}")
        loss = cls()
        target, probs = target_and_probs(loss)
        value = loss(target, probs)
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_dtype_policy(before[1])
    assert loss.dtype == "float32"
    assert value.dtype == tf.float32
    np.testing.assert_array_equal(value, cls()(target, probs))


@pytest.mark.parametrize("cls", CLASSES)
def test_half_precision_probabilities_are_summed_in_float32(cls, target_and_probs):
    loss = cls()
    target, probs = target_and_probs(loss, dtype=np.float16)
    probs = tf.constant(probs)
    with tf.GradientTape() as tape:
        tape.watch(probs)
        value = loss(target, probs)
    gradient = tape.gradient(value, probs)
    assert value.dtype == tf.float32
    assert gradient.dtype == tf.float16
    np.testing.assert_array_equal(value, loss(target, tf.cast(probs, tf.float32)))
    assert np.isfinite(gradient.numpy()).all()


@pytest.mark.parametrize("cls", CLASSES)
def test_float64_is_computed_in_float64(cls, target_and_probs):
    loss = cls(dtype="float64")
    target, probs = target_and_probs(loss, dtype=np.float64)
    each = loss.call(tf.constant(target), tf.constant(probs))
    assert each.dtype == loss(target, probs).dtype == tf.float64
    np.testing.assert_allclose(each, cls().call(target, probs.astype("f4")), rtol=1e-4)


@pytest.mark.parametrize("cls", CLASSES)
def test_the_type_of_the_result_can_be_chosen(cls, target_and_probs):
    target, probs = target_and_probs(cls())
    value = cls(dtype="bfloat16")(target, probs)
    assert value.dtype == tf.bfloat16
    # bfloat16 has 8 bits, also for probabilities.
    np.testing.assert_allclose(float(value), cls()(target, probs), rtol=0.05)


def test_raw_energy_goes_beyond_float16(make):
    image = np.full((1, 40, 40, 3), 100, np.float32)
    probs = np.full((1, 40, 40, 2), 0.5, np.float16)
    energy = DenseCRFLoss(normalization="none")(image, probs)
    # 1,600 pixels, all alike and near: half of their 2.6 million pairs, or of the
    # part of them that the lattice sees.
    assert np.isfinite(energy)
    assert energy > np.finfo(np.float16).max


@pytest.mark.parametrize("loss", [cls() for cls in CLASSES], ids=lambda loss: loss.name)
def test_traced_with_unknown_batch_height_and_width(loss, target_and_probs):
    target, probs = target_and_probs(loss)
    target = target.astype(np.float32)
    unknown = [None] * 3
    target_shape = unknown if target.ndim == 3 else [*unknown, target.shape[-1]]
    if target.ndim == 2:
        target_shape = [None, 4]

    @tf.function(
        input_signature=[tf.TensorSpec(target_shape), tf.TensorSpec([*unknown, None])]
    )
    def value_and_gradient(target, probs):
        with tf.GradientTape() as tape:
            tape.watch(probs)
            value = loss.call(target, probs)
        return value, tape.gradient(value, probs)

    for batch in (3, 1):
        value, gradient = value_and_gradient(target[:batch], probs[:batch])
        np.testing.assert_allclose(
            value, loss.call(target[:batch], probs[:batch]), rtol=1e-5
        )
        assert gradient.shape == (batch, 8, 7, 4)


@pytest.mark.parametrize("loss", [cls() for cls in CLASSES], ids=lambda loss: loss.name)
def test_each_image_of_a_batch_is_on_its_own(loss, target_and_probs):
    target, probs = target_and_probs(loss)
    together = loss.call(target, probs)
    alone = [loss.call(target[i : i + 1], probs[i : i + 1])[0] for i in range(3)]
    np.testing.assert_allclose(together, alone, rtol=1e-6)


def test_integer_images_are_understood(make):
    image, probs = make.image((1, 8, 7)).astype(np.uint8), make.probs((1, 8, 7, 2))
    np.testing.assert_array_equal(
        DenseCRFLoss()(image, probs), DenseCRFLoss()(image.astype(np.float32), probs)
    )


def test_public_names_are_those_listed():
    public = {name for name in vars(losses) if callable(getattr(losses, name))}
    assert public == set(losses.__all__)


def test_a_class_derived_from_a_loss_keeps_its_options(make):
    class HalfSize(DenseCRFLoss):
        def __init__(self):
            super().__init__(scale=0.5, sigma_xy=30.0)

    image, probs = make.image((1, 8, 7)), make.probs((1, 8, 7, 2))
    usual = DenseCRFLoss(scale=0.5, sigma_xy=30.0)
    np.testing.assert_array_equal(HalfSize()(image, probs), usual(image, probs))
    assert HalfSize().get_config() == usual.get_config()


def test_an_option_that_is_changed_has_an_effect(make):
    image, probs = make.image((1, 8, 7)), make.probs((1, 8, 7, 2))
    loss = DenseCRFLoss()
    loss.sigma_xy = 30.0
    expected = DenseCRFLoss(sigma_xy=30.0)(image, probs)
    np.testing.assert_array_equal(loss(image, probs), expected)
