"""Mistakes that no shape shows are told in a sentence, eagerly and in a graph."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import losses

SIZE = (2, 6, 5)
RNG = np.random.default_rng(0)
LOGITS = RNG.normal(0, 3, (*SIZE, 3)).astype(np.float32)
PROBS = tf.nn.softmax(LOGITS).numpy()
LABELS = RNG.choice([0, 1, 2, 255], SIZE)
IMAGE = RNG.uniform(0, 255, (*SIZE, 3)).astype(np.float32)
SCRIBBLED = np.concatenate([IMAGE, np.ones((*SIZE, 1)), LABELS[..., None]], axis=-1)
TARGETS = {
    losses.PartialCrossentropy: LABELS,
    losses.SeedingLoss: LABELS,
    losses.ExpansionLoss: np.array([[1, 1, 0], [1, 0, 1]]),
    losses.DenseCRFLoss: IMAGE,
    losses.NormalizedCutLoss: IMAGE,
    losses.KernelCutLoss: IMAGE,
    losses.ConstrainToBoundaryLoss: IMAGE,
    losses.DenseCRFADMLoss: SCRIBBLED,
}
OPTIONS = {losses.DenseCRFADMLoss: {"region_channel": True, "label_channel": True}}
every_loss = pytest.mark.parametrize("cls", TARGETS, ids=lambda cls: cls.__name__)


def build(cls, **options):
    """A loss that reads the example of its target."""
    return cls(**OPTIONS.get(cls, {}), **options)


def refuse(loss, target, probs, message):
    """Checks the error of an eager call and that of a graph."""
    with pytest.raises(ValueError, match=message):
        loss(target, probs)
    target, probs = tf.constant(target, tf.float32), tf.constant(probs)
    signature = [tf.TensorSpec(target.shape), tf.TensorSpec(probs.shape, probs.dtype)]
    traced = tf.function(loss, input_signature=signature)
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError), match=message):
        traced(target, probs)


@every_loss
@pytest.mark.parametrize(
    "wrong",
    [LOGITS, PROBS * 0.9, PROBS * 2.0, PROBS - 0.4, np.abs(LOGITS)],
    ids=["logits", "less", "more", "negative", "positive"],
)
def test_what_are_no_probabilities_is_refused(cls, wrong):
    refuse(
        build(cls), TARGETS[cls], wrong, r"softmax probabilities.*`from_logits=True`"
    )


@every_loss
def test_probabilities_are_refused_as_logits(cls):
    loss = build(cls, from_logits=True)
    refuse(loss, TARGETS[cls], PROBS, r"are probabilities.*leave out `from_logits")
    loss(TARGETS[cls], LOGITS)
    loss(TARGETS[cls], np.zeros_like(LOGITS))  # a head that starts from zeros


@every_loss
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_rounded_probabilities_and_padding_are_taken(cls, dtype):
    many = np.concatenate([LOGITS] * 7, axis=-1)
    probs = tf.cast(tf.nn.softmax(many), dtype).numpy()
    probs[:, :, -1] = 0.0
    target = TARGETS[cls]
    if cls is losses.ExpansionLoss:
        target = np.ones((2, 21))
    assert np.isfinite(build(cls)(target, probs))


@every_loss
def test_a_network_that_has_diverged_is_not_blamed_for_logits(cls):
    # Its NaN is for the one who trains it to notice; bilateral filters refuse it.
    probs = np.full_like(PROBS, np.nan)
    try:
        build(cls)(TARGETS[cls], probs)
    except (ValueError, tf.errors.InvalidArgumentError) as error:
        assert "from_logits" not in str(error)


@pytest.mark.parametrize("classes", [3, 4, 21])
def test_swapped_arguments_are_named(classes):
    probs = np.full((*SIZE, classes), 1 / classes, np.float32)
    for cls in (losses.PartialCrossentropy, losses.SeedingLoss):
        refuse(cls(), probs, LABELS.astype(np.float32), "seem to be swapped")
    tags = np.ones((2, classes), np.float32)
    refuse(losses.ExpansionLoss(), probs, tags, "seem to be swapped")
    refuse(losses.DenseCRFLoss(), probs, IMAGE, "swap")


@pytest.mark.parametrize("label", [3, 254, -1])
def test_a_label_that_is_no_class_is_named(label):
    labels = LABELS.copy()
    labels[1, 2, 3] = label
    found = rf"(label {label}, number|\[label\] \[{label}\] \[number)"
    sentence = rf"Labels must be class numbers.*ignore_class=255.*{found}"
    refuse(losses.PartialCrossentropy(), labels, PROBS, sentence)
    refuse(losses.SeedingLoss(), labels, PROBS, sentence)
    scribbled = np.concatenate([IMAGE, IMAGE[..., :1], labels[..., None]], axis=-1)
    refuse(build(losses.DenseCRFADMLoss), scribbled, PROBS, sentence)
    other = losses.PartialCrossentropy(ignore_class=label)
    other(np.where(LABELS == 255, label, LABELS), PROBS)


def test_labels_between_two_classes_are_refused():
    labels = np.where(LABELS == 1, 1.5, LABELS)
    sentence = r"Labels must be whole numbers.*nearest pixel.*1\.5"
    refuse(losses.PartialCrossentropy(), labels, PROBS, sentence)
    refuse(losses.SeedingLoss(), labels, PROBS, sentence)
    scribbled = np.concatenate([SCRIBBLED[..., :4], labels[..., None]], axis=-1)
    refuse(build(losses.DenseCRFADMLoss), scribbled, PROBS, sentence)


def test_one_hot_labels_are_named():
    one_hot = keras.utils.to_categorical(np.where(LABELS == 255, 0, LABELS), 3)
    loss = losses.PartialCrossentropy()
    refuse(loss, one_hot, PROBS, r"tf\.argmax\(labels, axis=-1\)")
    refuse(loss, LABELS[..., None], PROBS, r"labels\[\.\.\., 0\]")


OF_IMAGES = [cls for cls, target in TARGETS.items() if target.ndim == 4]


@pytest.mark.parametrize("cls", OF_IMAGES, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("scaled", [(1 / 255, 0.0), (2 / 255, -1.0), (1 / 50, -2.5)])
def test_an_image_that_is_not_in_0_to_255_gets_a_warning(cls, scaled):
    image = TARGETS[cls].copy()
    image[..., :3] = image[..., :3] * scaled[0] + scaled[1]
    with pytest.warns(UserWarning, match=r"has values from .* all colours count as eq"):
        build(cls)(image, PROBS)


@pytest.mark.parametrize(
    ("image", "sigma_color"),
    [
        (IMAGE, 15.0),
        (IMAGE / 255, 0.1),  # its owner knows
        (np.full_like(IMAGE, 7.0), 15.0),
        (np.zeros_like(IMAGE), 15.0),
        (IMAGE / 10, 15.0),  # taken at night
        (IMAGE / 255, (15.0, 15.0, 0.1)),
        (IMAGE[..., :1] * 256, 4000.0),
    ],
)
def test_other_images_get_no_warning(image, sigma_color):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        losses.DenseCRFLoss(sigma_color=sigma_color)(image, PROBS)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_fit_says_that_outputs_are_logits(jit_compile):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6, 5, 3)), keras.layers.Conv2D(3, 1)])
    model.compile("sgd", losses.PartialCrossentropy(), jit_compile=jit_compile)
    if jit_compile:  # XLA leaves assertions out, and compiles the rest.
        model.fit(IMAGE, LABELS, verbose=0)
        return
    with pytest.raises(tf.errors.InvalidArgumentError, match="pass `from_logits=True`"):
        model.fit(IMAGE, LABELS, verbose=0)
