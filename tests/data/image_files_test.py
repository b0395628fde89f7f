"""Images that are reduced while they are read."""

import numpy as np
import pytest
import skimage
from PIL import Image

from tf_rloss.data.image_files import FileError, read_image, read_reduced

ORIENTATION = 0x0112


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_reduced_image_looks_like_the_whole_one(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(skimage.data.coffee()).save(path)  # 600 x 400 pixels
    reduced = read_reduced(path, 120)
    assert (reduced.mode, reduced.size) == ("RGB", (120, 80))
    whole = read_image(path, 0.2).astype(float)
    # Means over 5 x 5 pixels differ from the triangle filter of `scale` at edges; a
    # JPEG is moreover decoded at a smaller size.
    assert np.abs(np.asarray(reduced) - whole).mean() < 4
    assert read_reduced(path, 600).size == read_reduced(path, 9999).size == (600, 400)
    np.testing.assert_array_equal(read_reduced(path, 600), read_image(path))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_reduced_image_is_upright(tmp_path, orientation):
    array = np.zeros((64, 96, 3), np.uint8)
    array[:16, :24] = 255
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    Image.fromarray(array).save(tmp_path / "a.jpg", exif=exif, quality=95)
    reduced = np.asarray(read_reduced(tmp_path / "a.jpg", 24)).astype(float)
    whole = read_image(tmp_path / "a.jpg")
    assert reduced.shape[0] * 4 == whole.shape[0]
    # The corner that is white is 4 x 6 pixels, turned or not.
    blocks = whole.reshape(reduced.shape[0], 4, reduced.shape[1], 4, 3).mean((1, 3))
    assert np.abs(reduced - blocks).max() < 40  # JPEG rings at edges.


def test_damaged_images_are_named(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"no image")
    with pytest.raises(FileError, match="not an image"):
        read_reduced(tmp_path / "a.jpg", 50)
