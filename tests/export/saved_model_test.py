import json
import pathlib
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from tests.export.tiny_export import NAMES, save_tiny, tiny_segmenter
from tf_rloss import ops
from tf_rloss.export import load_exported, save
from tf_rloss.export.serving import make_signatures, unservable_ops
from tf_rloss.labels import voc_palette
from tf_rloss.layers import DenseCRF


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A segmenter and the folder of its export."""
    segmenter = tiny_segmenter()
    path = tmp_path_factory.mktemp("export") / "model"
    card = {
        "title": "Cats | dogs",
        "description": "Trained on scribbles.",
        "flags": {"learning_rate": 2e-3, "init_from": None},
        "metrics": {"mean_iou": 0.5, "iou": {"cat": 0.25, "dog": None}},
    }
    return segmenter, save_tiny(path, segmenter, card=card)


def _image(height, width, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3)).astype(np.uint8)


@pytest.mark.parametrize("size", [(1, 1), (17, 40), (64, 33)])
def test_export_equals_the_segmenter_at_any_size(exported, size):
    segmenter, path = exported
    model = load_exported(path)
    batch = np.stack([_image(*size, seed) for seed in range(2)])
    expected = segmenter(batch.astype(np.float32), training=False).numpy()
    # Graph and eager kernels may sum a convolution in different order.
    np.testing.assert_allclose(model(batch).numpy(), expected, atol=1e-6)
    outputs = model.signatures["uint8"](image=tf.constant(batch))
    assert outputs["labels"].dtype == tf.uint8
    np.testing.assert_array_equal(
        outputs["labels"], outputs["probabilities"].numpy().argmax(axis=-1)
    )


def test_signature_for_files_equals_the_one_for_tensors(exported):
    model = load_exported(exported[1])
    batch = np.stack([_image(12, 15, seed) for seed in range(3)])
    files = tf.stack([tf.io.encode_png(image) for image in batch])
    from_files = model.signatures["encoded"](encoded=files)
    from_bytes = model.signatures["uint8"](image=tf.constant(batch))
    for name in ("probabilities", "labels"):
        np.testing.assert_array_equal(from_files[name], from_bytes[name])


def test_jpeg_grey_and_transparent_files_are_decoded_to_rgb(exported):
    encoded = load_exported(exported[1]).signatures["encoded"]
    image = tf.constant(_image(8, 9))
    opaque = tf.concat([image, tf.fill((8, 9, 1), tf.constant(255, tf.uint8))], -1)
    for file, rgb in [
        (tf.io.encode_jpeg(image), tf.io.decode_jpeg(tf.io.encode_jpeg(image))),
        (tf.io.encode_png(image[..., :1]), tf.repeat(image[..., :1], 3, axis=-1)),
        (tf.io.encode_png(opaque), image),
    ]:
        got = encoded(encoded=file[tf.newaxis])["probabilities"]
        expected = load_exported(exported[1])(rgb[tf.newaxis])
        np.testing.assert_allclose(got, expected, atol=1e-6)


@pytest.mark.parametrize(
    "sizes, message",
    [([(4, 5), (5, 4)], "must be of one size"), ([], "at least one image")],
)
def test_batch_of_files_that_cannot_be_stacked_is_named(exported, sizes, message):
    files = [tf.io.encode_png(_image(*size)) for size in sizes]
    encoded = load_exported(exported[1]).signatures["encoded"]
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        encoded(encoded=tf.constant([file.numpy() for file in files], tf.string))


def test_export_runs_in_a_process_that_has_only_tensorflow(exported, tmp_path):
    segmenter, path = exported
    image = _image(21, 34)
    np.save(tmp_path / "image.npy", image)
    program = textwrap.dedent(
        """
        import sys
        import numpy as np

        class Refuse:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] in ("tf_rloss", "trainers"):
                    raise ImportError(name)
        sys.meta_path.insert(0, Refuse())

        import tensorflow as tf
        folder, work = sys.argv[1:]
        model = tf.saved_model.load(folder)
        image = tf.constant(np.load(work + "/image.npy")[None])
        assert not any(name.startswith("tf_rloss") for name in sys.modules)
        probs = model.signatures["serving_default"](image=tf.cast(image, tf.float32))
        file = tf.io.encode_png(image[0])[None]
        labels = model.signatures["encoded"](encoded=file)["labels"]
        np.save(work + "/probs.npy", probs["probabilities"])
        np.save(work + "/labels.npy", labels)
        """
    )
    result = subprocess.run(
        [sys.executable, "-I", "-c", program, str(path), str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    probs = np.load(tmp_path / "probs.npy")
    expected = segmenter(image[None].astype(np.float32), training=False)
    np.testing.assert_allclose(probs, expected, atol=1e-6)
    np.testing.assert_array_equal(np.load(tmp_path / "labels.npy"), probs.argmax(-1))


def test_names_and_colours_are_assets(exported):
    _, path = exported
    model = load_exported(path)
    assert model.class_names == NAMES
    np.testing.assert_array_equal(model.palette, voc_palette(3))
    assert model.palette.dtype == np.uint8
    proto = (path / "saved_model.pb").read_bytes()
    assert b"class_names.txt" in proto and b"palette.csv" in proto


def test_a_model_is_exported_with_nothing_more(tmp_path):
    segmenter = tiny_segmenter()
    model = load_exported(save(segmenter, tmp_path / "model"))
    assert model.class_names == ("class 0", "class 1", "class 2")
    np.testing.assert_array_equal(model.palette, voc_palette(3))
    image = np.full((8, 9, 3), 77, np.uint8)
    expected = segmenter(image[None].astype(np.float32), training=False)[0]
    np.testing.assert_array_equal(model.label_map(image), np.argmax(expected, axis=-1))
    assert "Segmentation model" in (tmp_path / "model" / "model_card.md").read_text()


def test_file_holds_the_network_once(exported):
    # Three signatures, two convolutions: a second copy would show in the bytes.
    proto = (exported[1] / "saved_model.pb").read_bytes()
    saved = saved_model_pb2.SavedModel.FromString(proto)
    ops = [
        node.op
        for function in saved.meta_graphs[0].graph_def.library.function
        for node in function.node_def
    ]
    assert ops.count("Conv2D") == 2


def test_model_card_tells_flags_metrics_and_versions(exported):
    _, path = exported
    card = json.loads((path / "model_card.json").read_text())
    assert card["flags"] == {"learning_rate": 2e-3, "init_from": None}
    assert card["versions"]["tensorflow"] == tf.__version__
    assert card["classes"] == list(NAMES)
    assert card["parameters"] == tiny_segmenter().count_params()
    text = (path / "model_card.md").read_text()
    assert text.startswith("# Cats | dogs\n\nTrained on scribbles.\n")
    assert "| learning_rate | 0.002 |" in text
    assert "| iou: cat | 0.25 |" in text and "| iou: dog | n/a |" in text


def test_half_precision_model_returns_float32(tmp_path):
    image = keras.Input((None, None, 3))
    probs = keras.layers.Conv2D(
        3, 1, activation="softmax", dtype=keras.DTypePolicy("mixed_float16")
    )(image)
    path = save_tiny(tmp_path / "model", keras.Model(image, probs))
    assert load_exported(path)(_image(4, 4)[None]).dtype == tf.float32


def test_ops_of_ours_and_python_are_found():
    @tf.function(input_signature=[tf.TensorSpec((2,), tf.float32)])
    def callback(x):
        return tf.map_fn(lambda y: tf.numpy_function(np.sin, [y], tf.float32), x)

    found = unservable_ops({"serving_default": callback.get_concrete_function()})
    assert len(found) == 1 and "PyFunc" in found[0]
    assert unservable_ops(make_signatures(tiny_segmenter())) == []


def test_segmenter_with_the_filter_inside_is_refused(tmp_path):
    from tf_rloss.ops import bilateral_filter

    @keras.saving.register_keras_serializable(package="tests")
    class Smooth(keras.layers.Layer):
        def call(self, probs, image):
            smooth = bilateral_filter(probs, image, sigma_xy=3.0, sigma_rgb=9.0)
            return smooth / tf.reduce_sum(smooth, axis=-1, keepdims=True)

    image = keras.Input((None, None, 3))
    probs = keras.layers.Conv2D(3, 1, activation="softmax")(image)
    model = keras.Model(image, Smooth()(probs, image))
    with pytest.raises(ValueError, match="Rloss>BilateralForms"):
        save_tiny(tmp_path / "model", model)
    assert not list(tmp_path.iterdir())


def _run(program, *arguments):
    return subprocess.run(
        [sys.executable, "-I", "-c", textwrap.dedent(program), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def refined(tmp_path_factory):
    """A segmenter, its CRF and the folder of their export."""
    segmenter, crf = tiny_segmenter(), DenseCRF(3, sigma_xy=5.0, sigma_rgb=20.0)
    path = tmp_path_factory.mktemp("export") / "model"
    save_tiny(path, segmenter, refine=crf, custom_ops=True)
    return segmenter, crf, path


def test_export_with_crf_is_the_layer_after_the_segmenter(refined):
    segmenter, crf, path = refined
    image = _image(9, 14)[None]
    probs = segmenter(image.astype(np.float32), training=False)
    model = load_exported(path)
    assert model.card["custom_ops"] == [
        "Rloss>PermutohedralLattice",
        "Rloss>PermutohedralLatticeFilter",
    ]
    # The same ops in another graph: roundings of numbers up to 1, three times.
    np.testing.assert_allclose(model(image), crf(probs, image), rtol=0, atol=1e-5)


def test_export_with_crf_loads_in_a_fresh_process_with_the_library_alone(refined):
    program = """
        import sys
        import tensorflow as tf
        tf.load_library(sys.argv[1])
        model = tf.saved_model.load(sys.argv[2])
        image = tf.constant([[[[9, 8, 7], [200, 100, 0]]]], tf.uint8)
        print(model.signatures["uint8"](image=image)["probabilities"].shape)
        assert not any(name.startswith("tf_rloss") for name in sys.modules)
        """
    result = _run(program, ops.library_path(), refined[2])
    assert result.returncode == 0, result.stderr[-2000:]
    assert "(1, 1, 2, 3)" in result.stdout


@pytest.mark.slow
def test_export_with_crf_loads_in_a_fresh_process_by_this_package(refined):
    program = """
        import sys
        sys.path.insert(0, sys.argv[1])
        from tf_rloss.export import load_exported
        image = [[[[9, 8, 7], [200, 100, 0]]]]
        print(load_exported(sys.argv[2])(image).shape)
        """
    root = pathlib.Path(ops.__file__).parents[2]
    result = _run(program, root, refined[2])
    assert result.returncode == 0, result.stderr[-2000:]
    assert "(1, 1, 2, 3)" in result.stdout


def test_card_says_how_to_load_the_library_where_it_is_needed(refined, exported):
    text = (refined[2] / "model_card.md").read_text()
    assert "ops.load_library()" in text and "tf.load_library" in text
    assert "Rloss>PermutohedralLattice and" in text
    assert "library" not in (exported[1] / "model_card.md").read_text()
    assert "custom_ops" not in load_exported(exported[1]).card


def test_crf_must_be_allowed_by_name(tmp_path):
    with pytest.raises(ValueError, match="custom_ops=True"):
        save_tiny(tmp_path / "model", refine=DenseCRF(1))
    assert not list(tmp_path.iterdir())


def test_exported_model_refuses_to_train(exported):
    with pytest.raises(ValueError, match="cannot train"):
        load_exported(exported[1])(np.zeros((1, 2, 2, 3)), training=True)
