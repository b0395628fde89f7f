"""The dense CRF energy in the history of a run, the paper's Figure 3."""

import dataclasses
import json

import keras
import numpy as np
import pytest
import tensorflow as tf
import toys

from tf_rloss import data
from tf_rloss.losses import dense_crf_loss
from trainers.engine.batches import make_augmentation
from trainers.engine.run import run
from trainers.engine.validation import Validator
from trainers.errors import UserError
from trainers.methods.regularizer_options import RegularizerOptions
from trainers.methods.scribbles import labelled_recipe

KERNEL = {"sigma_xy": 4.0, "sigma_color": 15.0}


def make_recipe(name, log_crf_energy=True):
    regularizer = RegularizerOptions(name, log_crf_energy=log_crf_energy, **KERNEL)
    return dataclasses.replace(
        labelled_recipe(regularizer, toys.SIZE),
        build_segmenter=toys.build_without_randomness,
    )


def small_images(source):
    """The same source with masks of twice the size of the images."""

    def read(name):
        example = source.read(name)
        return example._replace(mask=np.kron(example.mask, np.ones((2, 2), np.uint8)))

    return dataclasses.replace(source, read=read)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of DenseCRF-ADM."""
    folder = tmp_path_factory.mktemp("run")
    config = toys.make_config(folder, epochs=2, validate_every=2)
    val = small_images(toys.make_source(3))
    result = run(make_recipe("adm"), config, toys.make_source(), val)
    return folder, config, val, result


def test_validation_energy_is_that_of_the_saved_network_by_hand(trained):
    _, _, val, result = trained
    segmenter = keras.saving.load_model(result.last, compile=False)
    energies = []
    for name in val.ids:
        image = val.read(name).image[None].astype(np.float32)
        energies.append(dense_crf_loss(image, segmenter(image), **KERNEL)[0])
    assert len(set(np.round(energies, 4))) == 3
    # The network runs in another graph: float32 roundings of a number below 1.
    expected = pytest.approx(np.mean(energies), rel=1e-4)
    assert result.history[-1]["val_crf_energy"] == expected
    assert result.metrics["last"]["crf_energy"] == expected
    assert result.history[0]["val_crf_energy"] is None


def test_scores_are_not_touched_by_measuring(trained):
    _, _, val, result = trained
    segmenter = keras.saving.load_model(result.last, compile=False)
    scores = Validator(segmenter, val).evaluate()
    assert scores["mean_iou"] == pytest.approx(result.history[-1]["val_miou"])


def test_training_energy_is_that_of_the_batch_by_hand(tmp_path):
    # One step: the energy of the first batch on the initial weights.
    config = toys.make_config(tmp_path, epochs=1, steps_per_epoch=1)
    source, recipe = toys.make_source(), make_recipe("none")
    result = run(recipe, config, source)
    keras.utils.set_random_seed(config.seed)
    segmenter = toys.build_without_randomness(toys.NUM_CLASSES)
    batches = data.train_pipeline(
        source,
        batch_size=config.batch_size,
        crop_size=toys.SIZE,
        seed=config.seed,
        augmentation=make_augmentation(config),
        targets=recipe.targets,
    )
    image, targets = next(iter(batches))
    probs = segmenter(image, training=True)
    image, region = tf.split(targets["image"], [3, 1], axis=-1)
    expected = np.mean(dense_crf_loss(image, probs, region=region, **KERNEL))
    assert result.history[0]["crf_energy"] == pytest.approx(expected, rel=1e-4)
    assert result.history[0]["val_crf_energy"] is None


def test_energies_are_drawn_and_a_run_keeps_its_columns(trained):
    folder, config, val, _ = trained
    header = (folder / "history.csv").read_text().splitlines()[0].split(",")
    assert {"scribbled_image", "crf_energy", "val_crf_energy"} <= set(header)
    assert (folder / "pictures" / "curves.png").stat().st_size > 0
    settings = json.loads((folder / "config.json").read_text())["flags"]
    assert "loss of 'crf_energy'" in settings
    with pytest.raises(UserError, match="crf_energy"):
        run(make_recipe("adm", False), config, toys.make_source(), val)
