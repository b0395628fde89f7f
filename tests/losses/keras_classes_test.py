"""What holds for all the classes: serialization, shapes, types, reduction, weights."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import losses
from tf_rloss.losses import (
    ConstrainToBoundaryLoss,
    DenseCRFADMLoss,
    DenseCRFLoss,
    ExpansionLoss,
    KernelCutLoss,
    NormalizedCutLoss,
    PartialCrossentropy,
    SeedingLoss,
)

CLASSES = [
    PartialCrossentropy,
    DenseCRFLoss,
    NormalizedCutLoss,
    KernelCutLoss,
    SeedingLoss,
    ExpansionLoss,
    ConstrainToBoundaryLoss,
    DenseCRFADMLoss,
]
CONFIGURED = [
    PartialCrossentropy(
        ignore_label=254, normalize_by="batch", stride=2, reduction="sum", name="pce"
    ),
    DenseCRFLoss(80.0, 13.0, "none", "quadratic", "grid4", 0.5, None, "crf", True),
    NormalizedCutLoss(80.0, 13.0, 0.02, "grid8", 0.5, "sum", "cut", True),
    KernelCutLoss(
        *(80.0, 13.0, 0.3, 50.0, 9.0, "none", "quadratic", 0.1, "grid8", 0.5),
        *("sum", "kc", True),
    ),
    SeedingLoss(254, "balanced", 2, 0.01, "sum", "seed"),
    ExpansionLoss(0.9, 0.95, 2, None, 0.01, "sum", "expand"),
    ConstrainToBoundaryLoss(
        2, 4.0, 49.0, 5.0, 2.0, 2.0, "after", 2, 0.01, True, "sum", "constrain"
    ),
    DenseCRFADMLoss(2, 4.0, 49.0, 5.0, 2.0, 2.0, "after", 254, 0.5, "sum", "adm"),
]


@pytest.fixture
def target_and_probs(make):
    def example(loss, dtype=np.float32):
        probs = make.probs((3, 8, 7, 4)).astype(dtype)
        rng = np.random.default_rng(0)
        if isinstance(loss, (PartialCrossentropy, SeedingLoss)):
            return rng.integers(0, 4, (3, 8, 7)), probs
        if isinstance(loss, ExpansionLoss):
            return np.array([[1, 0, 1, 0], [1, 1, 1, 1], [1, 0, 0, 0]]), probs
        image = make.image((3, 8, 7))
        if isinstance(loss, DenseCRFADMLoss):
            labels = rng.choice([0, 3, 255], (3, 8, 7, 1))
            return np.concatenate([image, np.ones_like(labels), labels], -1), probs
        return image, probs

    return example


@pytest.mark.parametrize("loss", CONFIGURED, ids=lambda loss: loss.name)
def test_config_round_trip_keeps_every_argument(loss, target_and_probs):
    config = json.loads(json.dumps(keras.losses.serialize(loss)))
    assert config["registered_name"] == f"tf_rloss>{type(loss).__name__}"
    copy = keras.losses.deserialize(config)
    assert type(copy) is type(loss)
    assert copy.get_config() == loss.get_config()
    default = type(loss)().get_config()
    assert all(default[key] != value for key, value in loss.get_config().items())
    target, probs = target_and_probs(loss)
    target = np.where(target == 255, 254, target)
    np.testing.assert_array_equal(copy(target, probs), loss(target, probs))


@pytest.mark.parametrize("cls", CLASSES)
def test_every_constructor_argument_is_in_the_config(cls):
    arguments = cls.__init__.__code__.co_varnames[1 : cls.__init__.__code__.co_argcount]
    assert set(cls().get_config()) == set(arguments)


@pytest.mark.parametrize("loss", [cls() for cls in CLASSES], ids=lambda loss: loss.name)
def test_class_is_the_function_reduced_over_the_batch(loss, target_and_probs):
    target, probs = target_and_probs(loss)
    function = {
        "partial_crossentropy": losses.partial_crossentropy,
        "dense_crf_loss": losses.dense_crf_loss,
        "normalized_cut_loss": losses.normalized_cut_loss,
        "kernel_cut_loss": losses.kernel_cut_loss,
        "seeding_loss": losses.seeding_loss,
        "expansion_loss": losses.expansion_loss,
        "constrain_to_boundary_loss": losses.constrain_to_boundary_loss,
        "dense_crf_adm_loss": losses.dense_crf_adm_loss,
    }[loss.name]
    options = {
        key: value
        for key, value in loss.get_config().items()
        if key not in ("name", "reduction")
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
