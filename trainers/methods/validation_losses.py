"""Values of the terms of a recipe on the validation images."""

import pathlib

import tensorflow as tf

from tf_rloss import data
from tf_rloss.files import write_json

from ..engine.recipe import Recipe
from ..engine.validation import with_region
from ..trained.loading import load_trained

FILE = "validation_losses.json"


def validation_losses(
    recipe: Recipe, weights: pathlib.Path, source: data.Source
) -> dict[str, float]:
    """Returns the unweighted mean over whole images of every term of a recipe.

    Args:
        recipe: terms on "mask", "scribble" and "image".
        weights: `.keras` file of the segmenter.
        source: images with those labels, of any size.
    """
    segmenter = load_trained("output_dir", str(weights)).segmenter
    size, form = (None, None), source.image_form
    signature = {
        "image": tf.TensorSpec((1, *size, form.num_channels), form.dtype),
        **{name: tf.TensorSpec((1, *size), tf.uint8) for name in ("mask", "scribble")},
    }

    @tf.function(input_signature=[signature])
    def terms(example: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        image = tf.cast(example["image"], tf.float32)
        targets = example | {"image": with_region(image)}
        probs = segmenter(image, training=False)
        return {
            name: loss.call(targets[recipe.target(name)], probs)[0]
            for name, loss in recipe.terms.items()
        }

    sums = dict.fromkeys(recipe.terms, 0.0)
    images = tf.data.Dataset.range(len(source)).map(
        source.load_tensors, tf.data.AUTOTUNE
    )
    for example in images.batch(1):
        for name, value in terms({name: example[name] for name in signature}).items():
            sums[name] += float(value)
    return {name: value / len(source) for name, value in sums.items()}


def write_validation_losses(
    recipe: Recipe, weights: pathlib.Path, source: data.Source
) -> dict[str, float]:
    """Writes `validation_losses` beside the weights, and returns them."""
    means = validation_losses(recipe, weights, source)
    write_json(weights.parent / FILE, means)
    return means
