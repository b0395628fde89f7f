"""Exports of networks that learned from resized images."""

import numpy as np
import pytest
import tensorflow as tf

from tests.export.tiny_export import save_tiny, tiny_segmenter
from tests.trainers.tiny_run import random_image
from tf_rloss.export import load_exported
from tf_rloss.export.serving import reduce_to
from tf_rloss.layers import DenseCRF


@pytest.mark.slow
@pytest.mark.parametrize("size", [(9, 14), (1, 1), (7, 30)])
def test_images_are_resized_inside_and_answered_at_their_size(size, tmp_path):
    segmenter, crf = tiny_segmenter(), DenseCRF(2, sigma_xy=5.0, sigma_rgb=20.0)
    save_tiny(
        tmp_path / "model", segmenter, refine=crf, custom_ops=True, image_scale=0.4
    )
    model, image = load_exported(tmp_path / "model"), random_image(*size)[None]
    assert model.card["image_scale"] == 0.4
    scaled = [max(1, round(0.4 * side)) for side in size]
    resized = tf.image.resize(image.astype(np.float32), scaled, antialias=True)
    probs = tf.image.resize(segmenter(resized, training=False), size)
    # The same ops in another graph: roundings of numbers up to 1, three times.
    np.testing.assert_allclose(model(image), crf(probs, image), rtol=0, atol=1e-5)


@pytest.mark.parametrize("image_scale", [0.0, -1.0, float("inf"), float("nan")])
def test_scale_out_of_range_is_refused(image_scale, tmp_path):
    with pytest.raises(ValueError, match="image_scale"):
        save_tiny(tmp_path / "model", image_scale=image_scale)


@pytest.mark.parametrize("size", [(1, 1), (3, 7), (10, 4), (9, 31)])
def test_images_are_reduced_as_tensorflow_does(size):
    image = random_image(10, 31)[None].astype(np.float32)
    wanted = tf.image.resize(image, size, antialias=True)
    # Roundings of sums of numbers up to 255.
    np.testing.assert_allclose(reduce_to(image, size), wanted, rtol=0, atol=1e-3)
