"""`sample_weight`: a number for each image, or for each pixel of a sum over pixels."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import losses

SIZE = (3, 6, 5)
RNG = np.random.default_rng(0)
PROBS = tf.nn.softmax(RNG.normal(0, 2, (*SIZE, 3)).astype(np.float32)).numpy()
LABELS = RNG.choice([0, 1, 2, 255], SIZE)
IMAGE = RNG.uniform(0, 255, (*SIZE, 3)).astype(np.float32)
WEIGHTS = RNG.uniform(0, 3, SIZE).astype(np.float32)
CUES = (RNG.random((*SIZE, 3)) < 0.3).astype(np.float32)

OF_PIXELS = [
    (losses.PartialCrossentropy(), LABELS),
    (losses.PartialCrossentropy(stride=2, normalize_by="batch"), LABELS),
    (losses.PartialCrossentropy(class_weight=(1.0, 2.0, 0.5)), LABELS),
    (losses.SeedingLoss(), LABELS),
    (losses.SeedingLoss(normalize_by="balanced", stride=2), CUES),
]
of_pixels = pytest.mark.parametrize(
    ("loss", "target"),
    OF_PIXELS,
    ids=[f"{i}-{loss.name}" for i, (loss, _) in enumerate(OF_PIXELS)],
)


def test_weighted_cross_entropy_is_that_of_the_formula():
    found = losses.partial_crossentropy(LABELS, PROBS, sample_weight=WEIGHTS)
    expected = []
    for labels, probs, weights in zip(LABELS, PROBS, WEIGHTS, strict=True):
        rows, columns = np.nonzero(labels != 255)
        terms = -np.log(probs[rows, columns, labels[rows, columns]])
        expected.append((weights[rows, columns] * terms).sum() / len(rows))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_weighted_seeding_is_that_of_the_formula():
    found = losses.seeding_loss(CUES, PROBS, floor=0.0, sample_weight=WEIGHTS)
    terms = -np.log(PROBS) * CUES * WEIGHTS[..., None]
    expected = terms.sum((1, 2, 3)) / CUES.sum((1, 2, 3))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@of_pixels
def test_ones_change_nothing(loss, target):
    ones = np.ones(SIZE, np.float32)
    np.testing.assert_array_equal(loss(target, PROBS, ones), loss(target, PROBS))


@of_pixels
def test_the_same_weight_at_all_pixels_is_the_weight_of_the_image(loss, target):
    of_image = np.array([0.5, 0.0, 2.0], np.float32)
    of_pixel = np.broadcast_to(of_image[:, None, None], SIZE)
    np.testing.assert_allclose(
        loss(target, PROBS, of_pixel), loss(target, PROBS, of_image), rtol=1e-6
    )


@of_pixels
def test_a_pixel_of_weight_zero_has_no_gradient(loss, target):
    weights = WEIGHTS.copy()
    weights[:, 2] = 0.0
    probs = tf.constant(PROBS)
    with tf.GradientTape() as tape:
        tape.watch(probs)
        value = loss(target, probs, weights)
    gradient = tape.gradient(value, probs).numpy()
    assert not gradient[:, 2].any()
    assert gradient[:, 4].any()


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_fit_takes_weights_of_pixels(run_eagerly):
    """Pixels of weight 0 teach nothing, and the logged loss is the weighted one."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((6, 5, 3)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(3, 1, activation="softmax"),
        ]
    )
    model.compile("sgd", losses.PartialCrossentropy(), run_eagerly=run_eagerly)
    loss = losses.PartialCrossentropy()(LABELS, model(IMAGE), WEIGHTS)
    logs = model.fit(
        IMAGE, LABELS, sample_weight=WEIGHTS, batch_size=3, verbose=0
    ).history
    np.testing.assert_allclose(logs["loss"], [loss], rtol=1e-5)
    before = model.get_weights()
    model.fit(IMAGE, LABELS, sample_weight=np.zeros(SIZE), verbose=0)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_a_column_is_taken_as_one_number_for_each_image():
    weights = np.array([[0.5], [0.0], [3.0]], np.float32)
    loss = losses.DenseCRFLoss()
    np.testing.assert_array_equal(
        loss(IMAGE, PROBS, weights), loss(IMAGE, PROBS, weights[:, 0])
    )


@pytest.mark.parametrize(
    ("loss", "target"),
    [(losses.DenseCRFLoss(), IMAGE), (losses.ConstrainToBoundaryLoss(), IMAGE)],
    ids=["crf", "constrain"],
)
@pytest.mark.parametrize("shape", [SIZE, (*SIZE, 1), (3, 6)])
def test_weights_of_pixels_are_refused_where_there_is_one_number(loss, target, shape):
    message = rf"{loss.name}' must be one number for each image, \(B,\)\. "
    with pytest.raises(ValueError, match=message):
        loss(target, PROBS, np.ones(shape))


@pytest.mark.parametrize("shape", [(3, 6), (*SIZE, 1)])
def test_weights_of_another_rank_are_refused(shape):
    with pytest.raises(ValueError, match=r"for each pixel, \(B, H, W\), or"):
        losses.PartialCrossentropy()(LABELS, PROBS, np.ones(shape))


def test_weights_of_another_size_are_refused():
    with pytest.raises(ValueError, match="`sample_weight` and `probs` must have"):
        losses.PartialCrossentropy()(LABELS, PROBS, np.ones((3, 5, 5)))


def test_class_weight_of_fit_is_answered_with_the_argument_of_the_loss():
    model = keras.Sequential(
        [keras.Input((6, 5, 3)), keras.layers.Conv2D(3, 1, activation="softmax")]
    )
    model.compile("sgd", losses.PartialCrossentropy())
    labels = np.where(LABELS == 255, 0, LABELS)
    batches = tf.data.Dataset.from_tensor_slices((IMAGE, labels)).batch(3)
    weights = dict.fromkeys(range(6), 1.0)  # Keras reads columns for classes
    with pytest.raises(ValueError, match=r"PartialCrossentropy\(class_weight"):
        model.fit(batches, class_weight=weights, verbose=0)
