"""A tiny network, tiny images and a recipe, for tests of the engine."""

import hashlib
import pathlib

import keras
import numpy as np

from tf_rloss import data, losses
from tf_rloss.labels import voc_palette
from trainers.engine.config import RunConfig
from trainers.engine.recipe import Recipe

SIZE = 16
NUM_CLASSES = 3
BATCH_SIZE = 4


def make_source(
    num_images: int = 8, *, masks: bool = True, name: str = "toys"
) -> data.Source:
    """Dark images with a bright block (class 1) over a grey floor (class 2)."""

    def read(key: str) -> data.Example:
        rng = np.random.default_rng(int(key.split("-")[1]))
        mask = np.zeros((SIZE, SIZE), np.uint8)
        mask[12:] = 2
        row, column = rng.integers(1, 6, 2)
        mask[row : row + 5, column : column + 6] = 1
        shade = np.array([30, 220, 120], np.float32)[mask]
        noise = rng.normal(0, 12, (SIZE, SIZE, 3))
        image = np.clip(shade[..., None] + noise, 0, 255).astype(np.uint8)
        scribble = np.where(rng.random(mask.shape) < 0.1, mask, 255).astype(np.uint8)
        return data.Example(image, scribble, mask if masks else None)

    return data.Source(
        name=name,
        class_names=("dark", "block", "floor"),
        palette=voc_palette(NUM_CLASSES),
        ids=tuple(f"{name}-{i}" for i in range(num_images)),
        size=(SIZE, SIZE),
        has_scribbles=True,
        has_masks=masks,
        read=read,
    )


def build_segmenter(num_classes: int, weights: str | None = None) -> keras.Model:
    """Two convolutions with batch normalization and dropout between them."""
    del weights
    layers = keras.layers
    image = keras.Input((None, None, 3), name="image")
    x = layers.Rescaling(1 / 127.5, -1.0)(image)
    x = layers.Conv2D(8, 3, padding="same", use_bias=False, name="conv")(x)
    x = layers.BatchNormalization(momentum=0.9, name="norm")(x)
    x = layers.ReLU()(x)
    x = layers.Dropout(0.1, name="dropout")(x)
    probs = layers.Conv2D(num_classes, 1, activation="softmax", name="head")(x)
    return keras.Model(image, probs, name="toy")


def build_without_randomness(
    num_classes: int, weights: str | None = None
) -> keras.Model:
    """The same without dropout, whose draws differ between replicas."""
    del weights
    model = build_segmenter(num_classes)
    model.get_layer("dropout").rate = 0.0
    return model


def make_recipe(regularized: bool = True, **fields) -> Recipe:
    fields.setdefault("build_segmenter", build_segmenter)
    partial = losses.PartialCrossentropy()
    if not regularized:
        return Recipe({"scribble": partial}, {"scribble": 1.0}, **fields)
    crf = losses.DenseCRFLoss(sigma_xy=4.0, region_channel=True)
    return Recipe(
        {"scribble": partial, "image": crf},
        {"scribble": 1.0, "image": 0.5},
        ramped=("image",),
        **fields,
    )


def make_config(output_dir, **fields) -> RunConfig:
    usual = {"epochs": 2, "batch_size": BATCH_SIZE, "learning_rate": 2e-2}
    usual |= {"tensorboard": False, "ramp_epochs": 1.0}
    return RunConfig(output_dir=str(output_dir), **usual | fields)


def weights_of(path) -> list[np.ndarray]:
    """The weights in a `.keras` file of a toy."""
    model = build_segmenter(NUM_CLASSES)
    model.load_weights(path)
    return model.get_weights()


def digest(path) -> str:
    """A name for the very bits of the weights in a `.keras` file."""
    content = b"".join(weight.tobytes() for weight in weights_of(path))
    return hashlib.sha256(content).hexdigest()


def column(output_dir, name: str) -> list[float]:
    """A column of a run's history."""
    lines = (pathlib.Path(output_dir) / "history.csv").read_text().splitlines()
    place = lines[0].split(",").index(name)
    return [float(line.split(",")[place]) for line in lines[1:]]
