import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.evaluation import ConfusionMatrix, MeanIoU


def _batch(seed=0, num_classes=3):
    rng = np.random.default_rng(seed)
    masks = rng.integers(0, num_classes, (4, 5, 6))
    masks[rng.random(masks.shape) < 0.3] = 255
    return masks, rng.random((4, 5, 6, num_classes)).astype(np.float32)


def _expected(batches, num_classes=3):
    confusion = ConfusionMatrix(num_classes)
    for masks, probs in batches:
        confusion.update(masks, probs.argmax(-1))
    return confusion.mean_iou


def test_metric_over_batches_equals_the_confusion_matrix():
    batches = [_batch(0), _batch(1)]
    metric = MeanIoU(3)
    for masks, probs in batches:
        metric.update_state(masks, probs)
    # The mean is taken in float64 and returned as float32.
    assert float(metric.result()) == pytest.approx(_expected(batches), rel=1e-6)
    metric.reset_state()
    assert float(metric.result()) == 0.0


def test_absent_class_is_left_out_of_the_mean():
    masks, probs = _batch()
    padded = np.concatenate([probs, np.full((4, 5, 6, 2), -1.0)], axis=-1)
    metric = MeanIoU(5)
    metric.update_state(masks, padded)
    assert float(metric.result()) == pytest.approx(_expected([(masks, probs)]), 1e-6)


def test_counts_above_float32_are_not_lost():
    metric = MeanIoU(2)
    metric.matrix.assign([[2.0**24, 0.0], [0.0, 2.0**24]])
    metric.update_state(np.zeros((1, 1, 1)), np.array([[[[1.0, 0.0]]]]))
    assert float(metric.matrix[0, 0]) == 2**24 + 1


def test_weight_zero_removes_an_image():
    masks, probs = _batch()
    metric = MeanIoU(3)
    metric.update_state(masks, probs, sample_weight=np.array([1.0, 0.0, 1.0, 1.0]))
    kept = [(masks[[0, 2, 3]], probs[[0, 2, 3]])]
    assert float(metric.result()) == pytest.approx(_expected(kept), rel=1e-6)


@pytest.mark.parametrize("label", [3, -1])
def test_unknown_label_is_an_error(label):
    masks, probs = _batch()
    masks[0, 0, 0] = label
    with pytest.raises(tf.errors.InvalidArgumentError, match="below 3 or 255"):
        tf.function(MeanIoU(3).update_state)(tf.constant(masks), tf.constant(probs))


def test_metric_compiles_with_xla():
    masks, probs = _batch()
    metric = MeanIoU(3)
    update = tf.function(metric.update_state, jit_compile=True)
    update(tf.constant(masks), tf.constant(probs))
    expected = _expected([(masks, probs)])
    assert float(metric.result()) == pytest.approx(expected, rel=1e-6)


def test_labels_with_a_channel_axis_are_refused():
    masks, probs = _batch()
    with pytest.raises(ValueError, match=r"`y_true` must be \(B, H, W\)"):
        MeanIoU(3).update_state(masks[..., None], probs)


def test_number_of_classes_must_be_positive():
    with pytest.raises(ValueError, match="at least 1"):
        MeanIoU(0)


def test_metric_survives_serialization():
    metric = MeanIoU(7, ignore_class=254, name="val_iou")
    data = keras.saving.serialize_keras_object(metric)
    copy = keras.saving.deserialize_keras_object(data)
    assert isinstance(copy, MeanIoU)
    assert copy.get_config() == metric.get_config()


def _model():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((None, None, 3))
    outputs = keras.layers.Conv2D(3, 1, activation="softmax", dtype="float32")(inputs)
    return keras.Model(inputs, outputs)


def _fit_data(count=8):
    rng = np.random.default_rng(0)
    images = rng.random((count, 6, 6, 3)).astype(np.float32)
    masks = rng.integers(0, 3, (count, 6, 6))
    masks[:, 0] = 255
    return images, masks


def _evaluate_with_keras(model):
    images, masks = _fit_data()
    # The loss ignores the image; only the metric matters here.
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(ignore_class=255),
        metrics=[MeanIoU(3)],
    )
    logs = model.evaluate(images, masks, batch_size=4, verbose=0, return_dict=True)
    expected = _expected([(masks, model.predict(images, verbose=0))])
    return logs["mean_iou"], expected


def test_metric_works_in_keras_evaluate():
    got, expected = _evaluate_with_keras(_model())
    assert got == pytest.approx(expected, rel=1e-6)


def test_metric_works_under_mixed_precision():
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    try:
        got, expected = _evaluate_with_keras(_model())
    finally:
        keras.mixed_precision.set_dtype_policy("float32")
    assert got == pytest.approx(expected, rel=1e-6)


def test_model_with_the_metric_is_saved_and_reloaded(tmp_path):
    model = _model()
    _evaluate_with_keras(model)
    images, masks = _fit_data()
    model.fit(images, masks, verbose=0)
    model.save(tmp_path / "model.keras")
    restored = keras.saving.load_model(tmp_path / "model.keras")
    logs = restored.evaluate(images, masks, verbose=0, return_dict=True)
    assert logs["mean_iou"] == pytest.approx(
        _expected([(masks, model(images).numpy())])
    )


def test_metric_sums_the_counts_of_replicas():
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    assert strategy.num_replicas_in_sync == 2
    images, masks = _fit_data()
    masks[:4] = np.where(masks[:4] == 2, 255, masks[:4])
    with strategy.scope():
        model = _model()
        model.compile(
            loss=keras.losses.SparseCategoricalCrossentropy(ignore_class=255),
            metrics=[MeanIoU(3)],
        )
    dataset = tf.data.Dataset.from_tensor_slices((images, masks)).batch(4)
    logs = model.evaluate(dataset, verbose=0, return_dict=True)
    expected = _expected([(masks, model(images).numpy())])
    assert logs["mean_iou"] == pytest.approx(expected, rel=1e-6)
