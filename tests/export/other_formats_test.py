"""Exports for ONNX and LiteRT, each in its own runtime and a clean process."""

import importlib.util
import json
import subprocess
import sys

import numpy as np
import pytest

from tests.export.tiny_export import save_tiny, tiny_segmenter
from tests.trainers.tiny_run import random_image
from tf_rloss import models
from tf_rloss.export import load_exported, save
from tf_rloss.export.other_formats import check_formats
from tf_rloss.labels import voc_palette
from tf_rloss.layers import DenseCRF

RUN = {
    "onnx": """
import sys, numpy, onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1] + "/model.onnx")
for path in sys.argv[2:]:
    image = numpy.load(path)
    (probs,) = session.run(None, {"image": image})
    numpy.save(path + ".probs.npy", probs)
assert "tensorflow" not in sys.modules
""",
    "litert": """
import sys, numpy
from ai_edge_litert.interpreter import Interpreter
for path in sys.argv[2:]:
    image = numpy.load(path)
    interpreter = Interpreter(sys.argv[1] + "/model.tflite")
    (taken,) = interpreter.get_input_details()
    (given,) = interpreter.get_output_details()
    interpreter.resize_tensor_input(taken["index"], image.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(taken["index"], image)
    interpreter.invoke()
    numpy.save(path + ".probs.npy", interpreter.get_tensor(given["index"]))
assert "tensorflow" not in sys.modules
""",
}
"""Programs that predict images of files with the model in a folder."""
RUNTIMES = {"onnx": "onnxruntime", "litert": "ai_edge_litert"}


def predict(format, folder, images, tmp_path):
    """Predicts images in a process that knows the runtime alone."""
    if not importlib.util.find_spec(RUNTIMES[format]):
        pytest.skip(f"{RUNTIMES[format]} is not installed")
    paths = [tmp_path / f"{format}{i}.npy" for i in range(len(images))]
    for path, image in zip(paths, images, strict=True):
        np.save(path, image)
    command = [sys.executable, "-c", RUN[format], str(folder), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return [np.load(f"{path}.probs.npy") for path in paths]


@pytest.mark.slow
@pytest.mark.parametrize("format", list(RUN))
@pytest.mark.parametrize("image_scale", [1.0, 0.5])
def test_models_predict_in_their_own_runtime_what_keras_does(
    format, image_scale, tmp_path
):
    """Protects: an odd size was padded to another one than in TensorFlow."""
    segmenter = models.build("small_deeplab", 3)
    folder = save(
        segmenter,
        tmp_path / "model",
        class_names=("a", "b", "c"),
        palette=voc_palette(3),
        card={},
        image_scale=image_scale,
        formats=("savedmodel", format),
    )
    images = [
        random_image(*size)[None].astype(np.float32) for size in ((37, 50), (33, 65))
    ]
    found = predict(format, folder, images, tmp_path)
    for image, probs in zip(images, found, strict=True):
        wanted = load_exported(folder)(image).numpy()
        assert probs.shape == wanted.shape
        # Other kernels sum in another order; probabilities are at most 1.
        np.testing.assert_allclose(probs, wanted, rtol=0, atol=1e-4)


def test_a_format_alone_has_names_and_card_beside_it(tmp_path):
    folder = save_tiny(tmp_path / "model", formats=("litert",))
    assert sorted(path.name for path in folder.iterdir()) == [
        "assets",
        "model.tflite",
        "model_card.json",
        "model_card.md",
    ]
    assert json.loads((folder / "model_card.json").read_text())["formats"] == ["litert"]
    assert "tf.saved_model" not in (folder / "model_card.md").read_text()
    save_tiny(folder)  # It is replaced, as any earlier export.
    assert not (folder / "model.tflite").exists()


def test_formats_that_cannot_be_written_are_refused(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="formats"):
        save_tiny(tmp_path / "model", formats=("pickle",))
    with pytest.raises(ValueError, match="stock ops only"):
        save_tiny(
            tmp_path / "model",
            tiny_segmenter(),
            refine=DenseCRF(1),
            custom_ops=True,
            formats=("savedmodel", "litert"),
        )
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r'pip install "tf_rloss\[onnx\]"'):
        check_formats(("onnx",), False)
    assert not list(tmp_path.iterdir())
