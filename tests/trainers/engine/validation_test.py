"""Tests of trainers/engine/validation.py; energies are in energy_test.py."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
import toys

from tf_rloss import data, evaluation
from tf_rloss.losses import DenseCRFLoss
from trainers.engine import validation
from trainers.engine.extremes import SHOWN, Extremes
from trainers.engine.run import run
from trainers.engine.validation import Validator, predict_stretched


def score(model, source, size):
    """Mean IoU by hand, of images that are resized to `size`."""
    confusion = np.zeros((toys.NUM_CLASSES,) * 2)
    for name in source.ids:
        example = source.read(name)
        image = tf.image.resize(tf.cast(example.image, tf.float32), size)[None]
        probs = tf.image.resize(model(image), example.mask.shape)[0].numpy()
        np.add.at(confusion, (example.mask, probs.argmax(-1)), 1)
    hit = np.diag(confusion)
    return np.mean(hit / (confusion.sum(0) + confusion.sum(1) - hit))


def test_a_stretched_prediction_sees_one_size_and_returns_the_asked_one():
    seen = []

    def predict(image, out_size):
        seen.append(image)
        return np.zeros((*out_size, 2), np.float32)

    image = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    assert predict_stretched(predict, (8, 8))(image, (4, 6)).shape == (4, 6, 2)
    expected = tf.image.resize(image.astype(np.float32), (8, 8))
    np.testing.assert_array_equal(seen[0], expected)


def test_a_size_alters_the_score_as_by_hand():
    source, model = toys.make_source(3), toys.build_segmenter(toys.NUM_CLASSES)
    for size in (None, (24, 24)):
        found = Validator(model, source, size=size).evaluate()["mean_iou"]
        expected = score(model, source, size or (toys.SIZE, toys.SIZE))
        # A rounding may turn the label of a pixel of 768.
        assert abs(found - expected) < 0.01


@pytest.mark.slow
def test_runs_on_stretched_images_validate_on_images_of_the_crops_size(tmp_path):
    val = toys.make_source(3, name="val")
    scores = {}
    for stretch in (False, True):
        config = toys.make_config(
            tmp_path / str(stretch), epochs=1, crop_size=(24, 24), stretch=stretch
        )
        result = run(toys.make_recipe(False), config, toys.make_source(), val)
        model = toys.build_segmenter(toys.NUM_CLASSES)
        model.load_weights(result.last)
        size = (24, 24) if stretch else (toys.SIZE, toys.SIZE)
        scores[stretch] = result.metrics["last"]["mean_iou"]
        assert abs(scores[stretch] - score(model, val, size)) < 0.01


def test_the_validator_has_weights_of_its_own():
    model = toys.build_segmenter(toys.NUM_CLASSES)
    validator = Validator(model, toys.make_source(2))
    weights = [np.zeros_like(weight) for weight in model.get_weights()]
    validator.use(weights)
    predict = evaluation.make_predict(model)
    image = toys.make_source(1).read("toys-0").image
    np.testing.assert_allclose(predict(image, (4, 4)), 1 / toys.NUM_CLASSES)


@pytest.mark.parametrize("count", [5, 2])
def test_parts_of_the_images_add_up_to_all(count, monkeypatch):
    source, model = toys.make_source(count), toys.build_segmenter(toys.NUM_CLASSES)
    energies = {"energy": DenseCRFLoss(sigma_xy=4.0, sigma_color=20.0)}
    whole = Validator(model, source, energies)
    expected = whole.evaluate()
    parts = []

    def add(strategy, values):
        """Stands for the others: their parts were scored before."""
        parts[-1].append(values)
        return sum(part[len(parts[-1]) - 1] for part in parts)

    monkeypatch.setattr(validation, "sum_over_workers", add)
    for place in (2, 1, 0):
        monkeypatch.setattr(validation, "place_of", lambda _, place=place: (place, 3))
        parts.append([])
        last = Validator(model, source, energies)
        found = last.evaluate()
    assert found == expected
    np.testing.assert_array_equal(last.ious, whole.ious)
    (scored,) = np.nonzero(parts[0][1][0])
    assert set(scored) <= {2}  # by the first, in place 2
    assert Validator(model, source, energies).evaluate(alone=True) == expected


def test_extremes_are_those_of_all_images():
    source = toys.make_source(2 * SHOWN + 3)
    validator = Validator(toys.build_segmenter(toys.NUM_CLASSES), source)
    expected = Extremes(source)
    validator.evaluate()
    evaluation.evaluate(
        validator._predict,
        data.eval_pipeline(source),
        source.num_classes,
        on_example=expected.add,
    )
    found = validator.extremes()
    for name in ("best", "worst"):
        titles = [row.title for row in getattr(found, name)]
        assert titles == [row.title for row in getattr(expected, name)]
        assert len(titles) == SHOWN


def test_without_images_there_is_no_score_and_no_picture():
    validator = Validator(toys.build_segmenter(toys.NUM_CLASSES), None)
    assert validator.evaluate() is None
    assert validator.picture() is None
    assert list(validator.columns) == ["val_miou", "val_pixel_accuracy"]


def test_pictures_show_the_whole_image_at_the_size_of_its_mask():
    """Protects: an image that was scaled for the network filled a corner."""
    source = toys.make_source(1)
    example = source.read(source.ids[0])
    halved = dataclasses.replace(
        source, read=lambda name: example._replace(image=example.image[::2, ::2])
    )
    validator = Validator(toys.build_segmenter(toys.NUM_CLASSES), halved)
    validator.evaluate()
    (row,) = validator._pictures
    assert {picture.shape for picture in row} == {(*example.mask.shape, 3)}
