"""Tests of reading photographs and of labels at their size."""

import numpy as np
import tensorflow as tf
from PIL import Image
from tiny_run import random_image

from trainers.trained.photographs import labels_at, read_photograph


def test_labels_at_another_size_are_those_of_resized_probabilities():
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.ones(4), (7, 9)).astype(np.float32)
    resized = tf.image.resize(probs, (23, 40)).numpy()
    labels = labels_at(probs, (23, 40))
    ordered = np.sort(resized, axis=-1)
    # Pillow and TensorFlow may round a tie to either side.
    clear = ordered[..., -1] - ordered[..., -2] > 1e-4
    assert clear.mean() > 0.9
    np.testing.assert_array_equal(labels[clear], resized.argmax(axis=-1)[clear])


def test_photograph_is_turned_upright(tmp_path):
    image = random_image(10, 20)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: turn by 90 degrees to the right
    path = tmp_path / "turned.png"
    Image.fromarray(image).save(path, exif=exif)
    np.testing.assert_array_equal(read_photograph(path), np.rot90(image, -1))
