"""Numbers in image files: alpha, orientation and what a TIFF file can hold."""

import numpy as np
import pytest
import tifffile
from PIL import Image

from tests.data.image_form_test import ORIENTATION, SIZE, numbers
from tf_rloss.data.image_files import FileError
from tf_rloss.data.image_form import RGB, ImageForm
from tf_rloss.data.image_values import read_values


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.tif"])
def test_alpha_is_dropped_unless_it_is_counted(tmp_path, name):
    values = numbers(4, np.uint8)
    exact = {"lossless": True, "exact": True} if name == "a.webp" else {}
    Image.fromarray(values).save(tmp_path / name, **exact)
    np.testing.assert_array_equal(read_values(tmp_path / name, 4), values)
    np.testing.assert_array_equal(read_values(tmp_path / name, 3), values[..., :3])
    assert read_values(tmp_path / name, 1).shape == (*SIZE, 1)
    if name != "a.webp":  # It has no grey with alpha.
        Image.fromarray(values[..., 2:]).save(tmp_path / name)
        np.testing.assert_array_equal(read_values(tmp_path / name, 2), values[..., 2:])
        grey = read_values(tmp_path / name, 3)
        np.testing.assert_array_equal(grey, np.repeat(values[..., 2:3], 3, axis=-1))


@pytest.mark.parametrize("kind", ["PALETTE", "MINISWHITE", "SEPARATED"])
def test_tiff_files_whose_values_are_no_intensities_are_refused(tmp_path, kind):
    """Protects: places in a palette, and white as 0, were read as intensities."""
    path, grey = tmp_path / "a.tif", numbers(1, np.uint8)[..., 0]
    if kind == "PALETTE":
        Image.fromarray(numbers(3, np.uint8)).quantize(8).save(path)
    elif kind == "SEPARATED":
        Image.fromarray(numbers(3, np.uint8)).convert("CMYK").save(path)
    else:
        tifffile.imwrite(path, grey, photometric="miniswhite")
    with pytest.raises(FileError, match=f"stores its values as {kind}; save it as"):
        read_values(path, 4 if kind == "SEPARATED" else 1)


def test_a_compression_that_needs_a_package_names_it(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise ValueError("<COMPRESSION.LZW: 5> requires the 'imagecodecs' package")

    picture = Image.fromarray(numbers(1)[..., 0])
    picture.save(tmp_path / "a.tif", compression="tiff_lzw")
    monkeypatch.setattr(tifffile.TiffPageSeries, "asarray", fail)
    message = r"is compressed \(LZW\), which needs .* pip install imagecodecs"
    with pytest.raises(FileError, match=message):
        read_values(tmp_path / "a.tif", 1)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["8 bits", "16 bits", "TIFF"])
def test_images_are_turned_upright(tmp_path, orientation, kind):
    values = numbers(1, np.uint8 if kind == "8 bits" else np.uint16)
    picture = Image.fromarray(values[..., 0])
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    if kind == "TIFF":
        path = tmp_path / "a.tif"
        tags = [(ORIENTATION, "H", 1, orientation, True)]
        tifffile.imwrite(path, values[..., 0], extratags=tags)
    else:
        path = tmp_path / "a.png"
        picture.save(path, exif=exif)
    # The same in 8-bit RGB, which Pillow turns itself.
    known = values >> 8 if values.dtype == np.uint16 else values
    known = Image.fromarray(known.astype(np.uint8)[..., 0])
    known.save(tmp_path / "known.png", exif=exif)
    expected = RGB.read(tmp_path / "known.png")[..., 0]
    found = read_values(path, 1)[..., 0]
    found = found >> 8 if found.dtype == np.uint16 else found
    np.testing.assert_array_equal(found, expected)
    assert ImageForm(channels=1).inspect(path)[0] == expected.shape
