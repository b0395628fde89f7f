"""Photographs of any size are reduced to the images of a labelled source."""

import numpy as np
import pytest
from PIL import Image

from tf_rloss.data import DataError, photographs, synthetic


@pytest.fixture(scope="module")
def source():
    return synthetic("train", num_images=12, size=32)


def write_image(path, height, width):
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3))
    Image.fromarray(pixels.astype(np.uint8)).save(path)


def test_photographs_of_any_size_fit_into_the_labelled_images(source, tmp_path):
    sizes = {"a.png": (20, 30), "b.jpg": (40, 80), "c.JPG": (90, 10)}
    for name, size in sizes.items():
        write_image(tmp_path / name, *size)
    found = photographs(tmp_path, like=source)
    shapes = [found.read(name).image.shape[:2] for name in found.ids]
    assert shapes == [(20, 30), (16, 32), (32, 4)]
    assert found.size == (32, 32)
    assert found.class_names == source.class_names
    assert not found.labelled.any()
    assert (found.load_tensors(np.int64(0))["mask"].numpy() == 255).all()


def test_photographs_that_cannot_be_read_are_all_named(source, tmp_path):
    with pytest.raises(DataError, match="has no image files"):
        photographs(tmp_path, like=source)
    (tmp_path / "a.png").write_bytes(b"no image")
    (tmp_path / "b.txt").write_text("words")
    with pytest.raises(DataError) as raised:
        photographs(tmp_path, like=source)
    assert f"{tmp_path.name}/a.png: cannot be read" in str(raised.value)
    assert f"{tmp_path.name}/b.txt: is not PNG, JPEG, WebP" in str(raised.value)
    with pytest.raises(FileNotFoundError, match="no folder"):
        photographs(tmp_path / "nowhere", like=source)
