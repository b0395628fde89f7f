"""The losses in `model.fit`: named targets, and the traps around them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.evaluation import MeanIoU
from tf_rloss.losses import (
    DenseCRFLoss,
    KernelCutLoss,
    NormalizedCutLoss,
    PartialCrossentropy,
)
from tf_rloss.models import attach_targets, targets

CLASSES = 3
SIZE = 12
IMAGES = 8
BANDWIDTHS = {"sigma_xy": 3.0, "sigma_rgb": 40.0}
WEIGHTS = {"scribble": 1.0, "image": 0.5}


def make_arrays():
    """Images of noise, and scribbles of which each has another number of pixels."""
    rng = np.random.default_rng(0)
    image = rng.uniform(0, 255, (IMAGES, SIZE, SIZE, 3)).astype(np.float32)
    region = np.ones((IMAGES, SIZE, SIZE, 1), np.float32)
    region[:, -2:] = 0
    scribble = np.full((IMAGES, SIZE, SIZE), 255, np.int32)
    for i in range(IMAGES):
        scribble[i, 3, : i + 1] = rng.integers(0, CLASSES, i + 1)
    with_region = np.concatenate([image, region], axis=-1)
    return image, {"scribble": scribble, "image": with_region}


def make_dataset(batch_size=4):
    dataset = tf.data.Dataset.from_tensor_slices(make_arrays())
    return dataset.batch(batch_size, drop_remainder=True)


def make_segmenter(seed=0):
    """A network without dropout or batch statistics: the same on any split."""
    keras.utils.set_random_seed(seed)
    image = keras.Input((None, None, 3), name="image")
    x = keras.layers.Rescaling(1 / 255)(image)
    x = keras.layers.Conv2D(6, 3, padding="same", activation="relu")(x)
    logits = keras.layers.Conv2D(CLASSES, 1, name="head_logits")(x)
    return keras.Model(image, keras.layers.Softmax(dtype="float32")(logits))


def make_model(image_loss=None, **compile_options):
    model = attach_targets(make_segmenter(), ["scribble", "image"])
    options = {
        "optimizer": keras.optimizers.SGD(0.5, momentum=0.9),
        "loss": {
            "scribble": PartialCrossentropy(),
            "image": image_loss or KernelCutLoss(**BANDWIDTHS),
        },
        "loss_weights": WEIGHTS,
        "metrics": {"scribble": [MeanIoU(CLASSES)]},
    }
    model.compile(**(options | compile_options))
    return model


def weights_of(model):
    return np.concatenate([w.numpy().reshape(-1) for w in model.trainable_weights])


def test_fit_logs_every_term_and_their_weighted_sum():
    model = make_model()
    image, targets = make_arrays()
    probs = model(image)["scribble"]
    mean_iou = MeanIoU(CLASSES)
    mean_iou.update_state(targets["scribble"], probs)
    logs = model.evaluate(make_dataset(), return_dict=True, verbose=0)
    scribble = PartialCrossentropy()(targets["scribble"], probs)
    regularizer = KernelCutLoss(**BANDWIDTHS)(targets["image"], probs)
    # float32 means over the batches, in another order.
    np.testing.assert_allclose(logs["scribble_loss"], scribble, rtol=1e-5)
    np.testing.assert_allclose(logs["image_loss"], regularizer, rtol=1e-5)
    np.testing.assert_allclose(logs["loss"], scribble + 0.5 * regularizer, rtol=1e-5)
    np.testing.assert_allclose(logs["scribble_mean_iou"], mean_iou.result(), rtol=1e-6)

    history = model.fit(make_dataset(), epochs=12, verbose=0).history
    assert set(history) == set(logs)
    assert history["scribble_loss"][-1] < history["scribble_loss"][0]
    assert history["image_loss"][-1] < history["image_loss"][0]


def test_stock_mean_iou_works_beside_the_image_target():
    model = make_model(
        metrics={
            "scribble": [
                keras.metrics.MeanIoU(CLASSES, ignore_class=255, sparse_y_pred=False)
            ]
        }
    )
    logs = model.evaluate(make_dataset(), return_dict=True, verbose=0)
    assert 0 < logs["scribble_mean_io_u"] < 1


def test_both_losses_train_the_same_network():
    trained = {}
    for regularizer_weight in (0.0, 0.5):
        model = make_model(loss_weights={"scribble": 1.0, "image": regularizer_weight})
        model.fit(make_dataset(), verbose=0)
        trained[regularizer_weight] = weights_of(model)
    assert np.abs(trained[0.5] - trained[0.0]).max() > 1e-3


def test_a_list_of_losses_on_one_output_trains_only_the_first():
    # Why targets have names: Keras takes the list without a word.
    second = keras.losses.SparseCategoricalCrossentropy(ignore_class=255)
    trained = []
    for loss in (PartialCrossentropy(), [PartialCrossentropy(), second]):
        segmenter = make_segmenter()
        segmenter.compile(optimizer=keras.optimizers.SGD(0.5), loss=loss)
        dataset = make_dataset().map(
            lambda image, targets: (image, targets["scribble"])
        )
        segmenter.fit(dataset, verbose=0)
        trained.append(weights_of(segmenter))
    np.testing.assert_array_equal(*trained)


def test_sample_weights_apply_to_each_target():
    model = make_model()
    image, targets = make_arrays()
    sample_weight = {
        "scribble": np.linspace(0, 2, IMAGES, dtype=np.float32),
        "image": np.linspace(3, 0, IMAGES, dtype=np.float32),
    }
    probs = model(image)["image"]
    logs = model.test_on_batch(image, targets, sample_weight, return_dict=True)
    scribble = PartialCrossentropy()(
        targets["scribble"], probs, sample_weight["scribble"]
    )
    regularizer = KernelCutLoss(**BANDWIDTHS)(
        targets["image"], probs, sample_weight["image"]
    )
    np.testing.assert_allclose(logs["scribble_loss"], scribble, rtol=1e-5)
    np.testing.assert_allclose(logs["image_loss"], regularizer, rtol=1e-5)
    np.testing.assert_allclose(logs["loss"], scribble + 0.5 * regularizer, rtol=1e-5)


@pytest.fixture
def mirrored_strategy():
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def test_two_replicas_make_the_same_update_as_one_device(mirrored_strategy):
    # Every image has another number of labelled pixels, so a mean over the pixels
    # of a replica would weigh them differently.
    alone = make_model()
    alone_history = alone.fit(make_dataset(), epochs=2, verbose=0).history
    with mirrored_strategy.scope():
        model = make_model()
    history = model.fit(make_dataset(), epochs=2, verbose=0).history
    start = weights_of(make_segmenter())
    assert np.abs(weights_of(alone) - start).max() > 1e-2
    # The same gradients in float32, summed in another order.
    np.testing.assert_allclose(weights_of(model), weights_of(alone), atol=1e-6)
    for name, values in alone_history.items():
        np.testing.assert_allclose(history[name], values, rtol=1e-5, err_msg=name)


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("scribble", PartialCrossentropy()),
        ("image", KernelCutLoss(**BANDWIDTHS)),
        ("image", KernelCutLoss(**BANDWIDTHS, affinity="grid8")),
    ],
)
def test_a_replica_without_images_adds_nothing(name, loss):
    # What the last batch of an uneven dataset leaves for the second replica.
    target = tf.cast(make_arrays()[1][name], tf.float32)
    traced = tf.function(
        loss,
        input_signature=[
            tf.TensorSpec([None, *target.shape[1:]]),
            tf.TensorSpec([None, SIZE, SIZE, CLASSES]),
        ],
    )
    assert traced(target[:0], tf.zeros((0, SIZE, SIZE, CLASSES))) == 0


def test_a_known_cardinality_gives_the_true_mean_of_every_term():
    image, targets = make_arrays()
    probs = make_model()(image)["image"]
    regularizer = KernelCutLoss(**BANDWIDTHS)(targets["image"], probs)
    unknown = make_dataset().filter(lambda image, targets: True)
    assert unknown.cardinality() == tf.data.UNKNOWN_CARDINALITY
    known = unknown.apply(tf.data.experimental.assert_cardinality(2))
    logs = make_model().evaluate(known, return_dict=True, verbose=0)
    np.testing.assert_allclose(logs["image_loss"], regularizer, rtol=1e-5)


def test_a_saved_model_goes_on_as_if_never_interrupted(tmp_path):
    straight = make_model()
    straight.fit(make_dataset(), epochs=2, verbose=0)
    first = make_model()
    first.fit(make_dataset(), epochs=1, verbose=0)
    first.save(tmp_path / "model.keras")
    second = keras.models.load_model(tmp_path / "model.keras")
    second.fit(make_dataset(), epochs=1, verbose=0)
    np.testing.assert_allclose(weights_of(second), weights_of(straight), atol=1e-6)


@pytest.fixture
def mixed_float16():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    yield
    keras.config.set_dtype_policy(before)


@pytest.mark.usefixtures("mixed_float16")
def test_mixed_precision_trains_like_float32():
    model = make_model()
    assert model.layers[1].layers[2].compute_dtype == "float16"
    half = model.fit(make_dataset(), epochs=5, verbose=0).history
    keras.config.set_dtype_policy("float32")
    full = make_model().fit(make_dataset(), epochs=5, verbose=0).history
    assert half["loss"][-1] < half["loss"][0]
    # Activations are rounded to three digits, and the loss scale may skip steps at
    # the start; the losses themselves are not rounded.
    np.testing.assert_allclose(half["loss"][0], full["loss"][0], rtol=0.02)


@pytest.mark.usefixtures("mixed_float16")
def test_raw_energies_beyond_float16_do_not_overflow_in_mixed_precision():
    raw = DenseCRFLoss(sigma_xy=100.0, sigma_rgb=250.0, normalization="none")
    # A weight as small as the published ones, for an energy of some thousands.
    model = make_model(raw, loss_weights={"scribble": 1.0, "image": 1e-6})
    image, targets = make_arrays()
    doubled = np.tile(image, (1, 3, 3, 1))  # 36 x 36: a million pairs
    targets = {
        "scribble": np.tile(targets["scribble"], (1, 3, 3)),
        "image": np.tile(targets["image"], (1, 3, 3, 1)),
    }
    history = model.fit(doubled, targets, batch_size=4, epochs=2, verbose=0).history
    assert history["image_loss"][0] > 65504  # the largest float16
    assert np.isfinite(history["loss"]).all()
    assert np.isfinite(weights_of(model)).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    "image_loss",
    [
        KernelCutLoss(**BANDWIDTHS),
        NormalizedCutLoss(**BANDWIDTHS, scale=0.5),
        DenseCRFLoss(**BANDWIDTHS, affinity="grid8"),
    ],
    ids=lambda loss: loss.name,
)
def test_a_compiled_fit_is_the_same(image_loss):
    fitted = {}
    for jit_compile in (False, True):
        model = make_model(image_loss, jit_compile=jit_compile)
        assert model.jit_compile is jit_compile
        history = model.fit(make_dataset(), epochs=4, verbose=0).history
        fitted[jit_compile] = history, weights_of(model)
    # The same operations in float32, summed in another order, for 8 steps.
    for name, values in fitted[False][0].items():
        np.testing.assert_allclose(fitted[True][0][name], values, rtol=1e-5)
    np.testing.assert_allclose(fitted[True][1], fitted[False][1], atol=1e-5)


@pytest.mark.parametrize("has_kernels", [False, True])
def test_auto_jit_does_not_break_a_fit(has_kernels, monkeypatch):
    devices = [*tf.config.list_physical_devices("CPU")]
    devices.append(tf.config.PhysicalDevice("/physical_device:GPU:0", "GPU"))
    monkeypatch.setattr(targets, "has_xla_kernels", lambda: has_kernels)
    # Keras chooses XLA as soon as it sees such a device, when `compile` is called.
    with monkeypatch.context() as patch:
        patch.setattr(tf.config, "list_physical_devices", lambda kind=None: devices)
        model = make_model(jit_compile="auto")
    assert model.jit_compile is has_kernels
    history = model.fit(make_dataset(), verbose=0).history
    assert np.isfinite(history["loss"]).all()


def test_the_trained_segmenter_stands_alone(tmp_path):
    model = make_model()
    model.fit(make_dataset(), verbose=0)
    segmenter = model.layers[1]
    segmenter.save(tmp_path / "segmenter.keras")
    loaded = keras.models.load_model(tmp_path / "segmenter.keras")
    assert "tf_rloss" not in loaded.to_json()
    image, _ = make_arrays()
    np.testing.assert_array_equal(loaded(image), model(image)["scribble"])
