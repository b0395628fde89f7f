"""A run's folder with a network of two layers, and a way to call programs."""

import contextlib
import io
import json
import pathlib
import sys
from unittest import mock

import keras
import numpy as np

from trainers.command_line.flags import read_given

CLASS_NAMES = ("background", "cat", "dog")


def tiny_segmenter(num_classes=3, seed=0):
    """Two layers, preprocessing inside, any size."""
    keras.utils.set_random_seed(seed)
    image = keras.Input((None, None, 3), name="image")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1.0)(image)
    x = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    probs = keras.layers.Conv2D(num_classes, 1, activation="softmax")(x)
    return keras.Model(image, probs, name="tiny")


def write_run(
    folder: pathlib.Path, class_names=CLASS_NAMES, **described
) -> keras.Model:
    """Writes what a finished run leaves; returns the network of last.keras."""
    folder.mkdir(parents=True, exist_ok=True)
    segmenter = tiny_segmenter(len(class_names))
    segmenter.save(folder / "last.keras")
    tiny_segmenter(len(class_names), seed=1).save(folder / "best.keras")
    config = {
        "flags": {"--regularizer": "kernelcut", "--seed": 0},
        "data": {"training data": "toy", "training classes": list(class_names)}
        | described,
    }
    (folder / "config.json").write_text(json.dumps(config))
    scores = {"mean_iou": 0.25, "pixel_accuracy": 0.5, "epoch": 2}
    scores |= {"iou": dict.fromkeys(class_names, 0.25)}
    metrics = {"last": scores, "best": scores | {"mean_iou": 0.75}}
    metrics |= {"finished": True, "epochs": 2, "steps": 4}
    metrics |= {"seconds": 1.0, "seconds_per_epoch": 0.5}
    (folder / "metrics.json").write_text(json.dumps(metrics))
    return segmenter


def random_image(height, width, seed=0) -> np.ndarray:
    """Returns a uint8 array (height, width, 3)."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3)).astype(np.uint8)


@contextlib.contextmanager
def unparsed(flag_values):
    """Lends flags that no command line has set, and leaves them so."""

    def reset():
        flag_values.unparse_flags()
        for name in list(flag_values):
            flag_values[name].unparse()

    reset()
    try:
        yield flag_values
    finally:
        reset()


def given(program, *arguments) -> dict:
    """Returns the flags that a command line gives a program, and `output_dir`."""
    with unparsed(program.FLAGS) as flag_values:
        flag_values([program.__name__, *map(str, arguments)])
        return read_given(flag_values)


def call(program, **flags) -> tuple[int, str, str]:
    """Runs a program as its command would; returns exit code, stdout and stderr."""
    arguments = [f"--{name}={value}" for name, value in flags.items()]
    out, err = io.StringIO(), io.StringIO()
    with (
        unparsed(program.FLAGS),
        mock.patch.object(sys, "argv", [program.__name__, *arguments]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            program.run()
        except SystemExit as end:
            return end.code or 0, out.getvalue(), err.getvalue()
    raise AssertionError("the program did not exit")


def assert_one_line(result: tuple[int, str, str], *parts: str) -> None:
    """Asserts that a program refused its input in one line that has all parts."""
    code, _, err = result
    assert code == 2, err
    lines = [line for line in err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1 and "Traceback" not in err, err
    for part in parts:
        assert part in lines[0], lines[0]
