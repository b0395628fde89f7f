"""Label maps change their size without mixing labels."""

import numpy as np

from tf_rloss.data.label_maps import resize_label_map


def test_label_maps_shrink_to_their_nearest_pixels():
    labels = np.kron(np.arange(12).reshape(3, 4), np.ones((4, 4))).astype(np.uint8)
    expected = np.arange(12).reshape(3, 4)
    np.testing.assert_array_equal(resize_label_map(labels, (3, 4)), expected)
    np.testing.assert_array_equal(resize_label_map(labels, labels.shape), labels)


def test_a_thin_class_survives_shrinking_if_asked():
    labels = np.full((16, 16), 255, np.uint8)
    labels[::2, 0] = 4  # between the samples of every fourth pixel
    assert (resize_label_map(labels, (4, 4)) == 255).all()
    kept = resize_label_map(labels, (4, 4), keep_classes=True)
    assert (kept == 4).sum() == 1 and kept[2, 0] == 4
