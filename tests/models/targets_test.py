"""Named targets: the same probabilities under one name for each loss."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import evaluation, losses
from tf_rloss.models import attach_targets, targets


@pytest.fixture
def segmenter():
    image = keras.Input((None, None, 3), name="image")
    logits = keras.layers.Conv2D(4, 1, name="head_logits")(image)
    probs = keras.layers.Softmax(dtype="float32", name="probs")(logits)
    return keras.Model(image, probs, name="tiny")


@pytest.fixture
def image():
    return np.random.default_rng(0).uniform(0, 1, (2, 5, 6, 3)).astype(np.float32)


def test_every_target_gets_the_probabilities_of_the_segmenter(segmenter, image):
    # "image" is the name of the segmenter's input as well.
    model = attach_targets(segmenter, ("scribble", "image"))
    outputs = model(image)
    assert set(outputs) == {"scribble", "image"}
    for probs in outputs.values():
        np.testing.assert_array_equal(probs, segmenter(image))


def test_weights_are_shared(segmenter, image):
    model = attach_targets(segmenter, ["mask"])
    before = segmenter(image)
    assert [w.path for w in model.weights] == [w.path for w in segmenter.weights]
    model.weights[0].assign(model.weights[0] * 2)
    assert not np.allclose(segmenter(image), before)


def test_the_segmenter_stays_free_of_custom_objects(segmenter):
    attach_targets(segmenter, ["mask", "image"])
    assert "tf_rloss" not in segmenter.to_json()


def test_any_batch_height_and_width_is_left_open(segmenter):
    model = attach_targets(segmenter, ["mask"])
    assert model.input_shape == (None, None, None, 3)
    assert [tuple(probs.shape) for probs in model.outputs] == [(None, None, None, 4)]


@pytest.mark.parametrize("policy", ["mixed_float16", "float16"])
def test_outputs_are_float32_under_any_policy(segmenter, image, policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = attach_targets(segmenter, ["mask"])
    finally:
        keras.config.set_dtype_policy(before)
    probs = model(image)["mask"]
    assert probs.dtype == tf.float32
    np.testing.assert_array_equal(probs, segmenter(image))


def test_half_precision_probabilities_become_float32(image):
    inputs = keras.Input((None, None, 3))
    half = keras.layers.Conv2D(2, 1, activation="softmax", dtype="float16")(inputs)
    probs = attach_targets(keras.Model(inputs, half), ["mask"])(image)["mask"]
    assert probs.dtype == tf.float32


@pytest.fixture
def accelerator(monkeypatch):
    """Lets Keras believe in a device for which it would compile with XLA."""
    devices = [*tf.config.list_physical_devices("CPU")]
    devices.append(tf.config.PhysicalDevice("/physical_device:GPU:0", "GPU"))
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: devices)


@pytest.mark.usefixtures("accelerator")
def test_xla_is_chosen_only_where_the_op_has_xla_kernels(segmenter, monkeypatch):
    segmenter.compile(optimizer="sgd", jit_compile="auto")
    assert segmenter.jit_compile  # without targets Keras would compile
    for has_kernels in (False, True):
        monkeypatch.setattr(targets, "has_xla_kernels", lambda has=has_kernels: has)
        model = attach_targets(segmenter, ["mask", "image"])
        model.compile(optimizer="sgd", jit_compile="auto")
        assert model.jit_compile is has_kernels


@pytest.mark.usefixtures("accelerator")
def test_the_choice_survives_saving(segmenter, image, tmp_path):
    model = attach_targets(segmenter, ["mask", "image"])
    model.compile(optimizer="sgd", jit_compile="auto")
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.jit_compile is model.jit_compile
    for name, probs in loaded(image).items():
        np.testing.assert_array_equal(probs, model(image)[name])


@pytest.mark.parametrize(
    "names", [[], "image", ["image", "image"], ["image", None], [""]], ids=repr
)
def test_wrong_names_are_an_error(segmenter, names):
    with pytest.raises(ValueError, match=r"`names` must be a list of distinct names"):
        attach_targets(segmenter, names)


def test_a_model_with_several_outputs_is_told_how_to_choose_one(segmenter):
    model = attach_targets(segmenter, ["mask", "image"])
    with pytest.raises(ValueError, match=r"Choose one, as in .*2 outputs, .*\(None,"):
        attach_targets(model, ["mask"])
    chosen = keras.Model(model.inputs, model.outputs[0])
    assert set(attach_targets(chosen, ["mask"]).output) == {"mask"}


def test_a_model_with_several_inputs_is_an_error(segmenter):
    other = keras.Input((None, None, 3), name="depth")
    model = keras.Model(
        [*segmenter.inputs, other], segmenter(keras.ops.add(segmenter.inputs[0], other))
    )
    with pytest.raises(ValueError, match=r"one input.*2 inputs, image .*, depth"):
        attach_targets(model, ["mask"])


class Subclassed(keras.Model):
    """A network in which Keras sees neither inputs nor outputs."""

    def __init__(self, activation="softmax", as_dict=False):
        super().__init__()
        self.as_dict = as_dict
        self.conv = keras.layers.Conv2D(3, 3, padding="same", activation=activation)

    def call(self, image, training=False):
        probs = self.conv(image / 255.0)
        return {"probs": probs} if self.as_dict else probs


SIDE = 12
IMAGES = np.random.default_rng(0).uniform(0, 255, (4, SIDE, SIDE, 3)).astype("f4")
TARGETS = {
    "scribble": np.where(IMAGES[..., 0] > 100, 255, IMAGES[..., 1] > 100),
    "image": IMAGES,
}


def fit(segmenter, **options):
    """Trains a segmenter on two targets; returns the losses of its epochs."""
    model = attach_targets(segmenter, ["scribble", "image"])
    model.compile(
        keras.optimizers.SGD(0.05),
        loss={
            "scribble": losses.PartialCrossentropy(**options),
            "image": losses.DenseCRFLoss(sigma_xy=4.0, sigma_rgb=40.0, **options),
        },
        metrics={"scribble": [evaluation.MeanIoU(3)]},
    )
    return model.fit(IMAGES, TARGETS, epochs=3, verbose=0).history["loss"]


@pytest.mark.slow
@pytest.mark.parametrize("as_dict", [False, True])
@pytest.mark.parametrize("called_before", [False, True])
def test_a_subclass_of_model_is_trained(as_dict, called_before):
    keras.utils.set_random_seed(0)
    segmenter = Subclassed(as_dict=as_dict)
    if called_before:
        segmenter(IMAGES)
    values = fit(segmenter)
    assert values[2] < values[0]
    probs = segmenter(IMAGES[:1, :5])  # any size, without targets
    assert (probs["probs"] if as_dict else probs).shape == (1, 5, SIDE, 3)


def test_a_sequential_model_without_an_input_is_trained():
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Rescaling(1 / 255), keras.layers.Conv2D(3, 1), softmax()]
    values = fit(keras.Sequential(layers))
    assert values[2] < values[0]


def softmax():
    return keras.layers.Softmax()


def test_logits_are_trained_as_their_softmax_is():
    values = {}
    for activation in ("softmax", None):
        keras.utils.set_random_seed(0)
        values[activation] = fit(Subclassed(activation), from_logits=activation is None)
    # Three steps in float32.
    np.testing.assert_allclose(values["softmax"], values[None], rtol=1e-4)


def test_a_fixed_size_stays_and_others_are_refused():
    keras.utils.set_random_seed(0)
    image = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Rescaling(1 / 255)(image)
    x = keras.layers.Conv2D(3, 1, activation="softmax")(x)
    segmenter = keras.Model(image, x)
    values = fit(segmenter)
    assert values[2] < values[0]
    model = attach_targets(segmenter, ["mask"])
    assert model.input_shape == (None, SIDE, SIDE, 3)
    with pytest.raises(ValueError, match=r"expected shape=\(None, 12, 12, 3\)"):
        model(IMAGES[:, :5])


def test_what_labels_no_pixels_is_refused(segmenter):
    image = keras.Input((None, None, 3))
    tags = keras.Model(image, keras.layers.GlobalAveragePooling2D()(image))
    with pytest.raises(ValueError, match=r"each pixel, .* of shape \(None, 3\)"):
        attach_targets(tags, ["mask"])
    with pytest.raises(ValueError, match=r"must be a keras\.Model.*function"):
        attach_targets(lambda image: image, ["mask"])


class Broken(keras.Model):
    def call(self, image):
        raise RuntimeError("the weights are not there")


def test_a_model_that_fails_is_told_with_its_reason():
    message = r"'broken' cannot be called with images of .*the weights are not there"
    with pytest.raises(ValueError, match=message):
        attach_targets(Broken(name="broken"), ["mask"])
