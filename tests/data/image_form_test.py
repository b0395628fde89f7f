"""Images of any channels and bits become arrays from 0 to 255."""

import json

import numpy as np
import pytest
import tensorflow as tf
import tifffile
from PIL import Image

from tf_rloss.data import image_form
from tf_rloss.data.image_files import FileError
from tf_rloss.data.image_form import RGB, ImageForm
from tf_rloss.data.image_values import read_values

SIZE = (12, 16)
ORIENTATION = 0x0112


def numbers(channels, dtype=np.uint16, seed=0):
    """Random values over the whole range of a type, (H, W, C)."""
    most = np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else 1000
    values = np.random.default_rng(seed).integers(0, most, (*SIZE, channels))
    values[0, 0], values[0, 1] = 0, most
    return values.astype(dtype)


def write_png16(path, values):
    """Writes grey or colours, with or without alpha, in 16 bits."""
    path.write_bytes(tf.io.encode_png(values).numpy())


@pytest.mark.parametrize("channels, kept", [(1, 1), (2, 1), (3, 3), (4, 3)])
def test_png_of_16_bits_keeps_all_of_them_and_drops_alpha(tmp_path, channels, kept):
    values = numbers(channels)
    write_png16(tmp_path / "a.png", values)
    found = read_values(tmp_path / "a.png", kept)
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found, values[..., :kept])
    image = ImageForm(channels=kept).read(tmp_path / "a.png")
    assert image.dtype == np.float32
    np.testing.assert_allclose(image, values[..., :kept] / 257.0, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32])
@pytest.mark.parametrize("channels", [1, 2, 4, 6])
@pytest.mark.parametrize("planar", [False, True])
def test_bands_of_a_tiff_become_channels(tmp_path, channels, dtype, planar):
    values = numbers(channels, dtype)
    stored = np.moveaxis(values, -1, 0) if planar else values
    axes = ("CYX" if planar else "YXC") if channels > 1 else "YX"
    stored = stored if channels > 1 else values[..., 0]
    tifffile.imwrite(
        tmp_path / "a.tif",
        stored,
        photometric="minisblack",
        planarconfig=None if channels == 1 else "separate" if planar else "contig",
        metadata={"axes": axes},
    )
    found = read_values(tmp_path / "a.tif", channels)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, values)
    image = ImageForm(channels=channels).read(tmp_path / "a.tif")
    expected = values * (255.0 / np.iinfo(dtype).max)
    np.testing.assert_allclose(image, expected, rtol=1e-6, atol=1e-4)


def test_lossless_webp_is_read_as_rgb_and_as_grey(tmp_path):
    colours = numbers(3, np.uint8)
    Image.fromarray(colours).save(tmp_path / "a.webp", lossless=True)
    np.testing.assert_array_equal(RGB.read(tmp_path / "a.webp"), colours)
    assert RGB.inspect(tmp_path / "a.webp") == (SIZE, None)
    form = ImageForm(channels=3)
    np.testing.assert_array_equal(form.read(tmp_path / "a.webp"), colours)
    grey = ImageForm(channels=1).read(tmp_path / "a.webp")
    luma = np.asarray(Image.fromarray(colours).convert("L"))
    # Pillow rounds the luma another way.
    np.testing.assert_allclose(grey[..., 0], luma, atol=1)


def test_grey_is_repeated_for_three_channels(tmp_path):
    grey = numbers(1, np.uint8)
    Image.fromarray(grey[..., 0]).save(tmp_path / "a.png")
    image = ImageForm(channels=3).read(tmp_path / "a.png")
    np.testing.assert_array_equal(image, np.repeat(grey, 3, axis=-1))
    assert ImageForm(channels=1).read(tmp_path / "a.png").shape == (*SIZE, 1)


@pytest.mark.parametrize("dtype", [np.uint16, np.int16, np.float32])
def test_the_range_of_values_becomes_0_to_255(tmp_path, dtype):
    values = numbers(2, dtype)
    tifffile.imwrite(
        tmp_path / "a.tif", values, photometric="minisblack", planarconfig="contig"
    )
    pairs = ((100.0, 300.0), (-50.0, 900.0))
    image = ImageForm(channels=2, value_range=pairs).read(tmp_path / "a.tif")
    for channel, (low, high) in enumerate(pairs):
        expected = np.clip((values[..., channel] - low) / (high - low), 0, 1) * 255
        np.testing.assert_allclose(image[..., channel], expected, rtol=1e-5, atol=1e-4)
    both = ImageForm(channels=2, value_range=(0, 400)).read(tmp_path / "a.tif")
    expected = np.clip(values / 400.0, 0, 1) * 255
    np.testing.assert_allclose(both, expected, rtol=1e-5, atol=1e-4)


def test_signed_and_float_values_need_a_range(tmp_path):
    for dtype in (np.int16, np.float32):
        tifffile.imwrite(tmp_path / "a.tif", numbers(1, dtype)[..., 0])
        with pytest.raises(FileError, match="no usual range: give `value_range`"):
            ImageForm(channels=1).read(tmp_path / "a.tif")


def test_percentiles_of_all_images_become_0_and_255(tmp_path):
    paths, all_values = [], []
    for number in range(3):
        values = numbers(2, seed=number)
        values[..., 1] //= 100
        paths.append(tmp_path / f"{number}.tif")
        tifffile.imwrite(
            paths[-1], values, photometric="minisblack", planarconfig="contig"
        )
        all_values.append(values.reshape(-1, 2))
    form = ImageForm(channels=2).with_percentiles(paths, (5.0, 90.0))
    expected = np.percentile(np.concatenate(all_values), (5, 90), axis=0).T
    np.testing.assert_allclose(form.value_range, expected)
    # A file that cannot be read is left out here, and named by the check.
    broken = tmp_path / "b.tif"
    broken.write_bytes(b"nothing")
    other = ImageForm(channels=2).with_percentiles([*paths, broken], (5.0, 90.0))
    assert other == form


def test_percentiles_of_many_pixels_are_taken_from_all_over_the_image(
    tmp_path, monkeypatch
):
    """Protects: every 16th pixel of 16 columns was one column."""
    columns = np.tile(np.arange(16, dtype=np.uint8), (12, 1))
    Image.fromarray(columns).save(tmp_path / "a.png")
    monkeypatch.setattr(image_form, "_SAMPLE", 12)
    form = ImageForm(channels=1).with_percentiles([tmp_path / "a.png"], (0.0, 100.0))
    assert form.value_range == ((0.0, 12.0),)


@pytest.mark.parametrize(
    "form, percentiles, message",
    [
        (RGB, (1, 99), "need `channels`"),
        (ImageForm(channels=1, value_range=(0, 1)), (1, 99), "no `value_range`"),
        (ImageForm(channels=1), (99, 1), "from 0 to 100, the smaller first"),
        (ImageForm(channels=1), (1, 99), "same number, which cannot become 0"),
    ],
)
def test_percentiles_that_cannot_be_are_refused(tmp_path, form, percentiles, message):
    Image.fromarray(np.full(SIZE, 7, np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match=message):
        form.with_percentiles([tmp_path / "a.png"], percentiles)


def test_wrong_files_are_refused(tmp_path):
    path = tmp_path / "a.tif"
    form = ImageForm(channels=4)
    cases = [
        (numbers(3), "has 3 channels, and images must have 4"),
        (np.zeros((2, 3, *SIZE), np.uint8), "must hold one image .*has the shape"),
        (np.full((*SIZE, 4), np.nan, np.float32), "holds NaN or infinite"),
        (np.zeros((*SIZE, 4), np.complex64), "holds complex64, and must hold real"),
    ]
    for values, message in cases:
        tifffile.imwrite(path, values, photometric="minisblack", planarconfig="contig")
        with pytest.raises(FileError, match=message):
            form.read(path)
    whole = path.read_bytes()
    for content, message in [
        (b"", "is empty"),
        (b"text", "cannot be read"),
        (whole[: len(whole) // 2], "cannot be read"),
    ]:
        path.write_bytes(content)
        with pytest.raises(FileError, match=message):
            form.read(path)


def test_without_channels_16_bits_and_tiff_say_what_to_do(tmp_path):
    write_png16(tmp_path / "a.png", numbers(1))
    tifffile.imwrite(tmp_path / "a.tif", numbers(1)[..., 0])
    for name in ("a.png", "a.tif"):
        with pytest.raises(FileError, match=r"say how many channels .* --channels"):
            RGB.inspect(tmp_path / name)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"channels": 0}, "`channels` must be an integer, from 1 to 6"),
        ({"channels": 7}, "`channels` must be an integer, from 1 to 6"),
        ({"value_range": (0, 1)}, "`value_range` needs `channels`"),
        ({"channels": 2, "value_range": (1, 1)}, "the smaller first"),
        ({"channels": 2, "value_range": (0, np.inf)}, "two finite numbers"),
        ({"channels": 3, "value_range": ((0, 1), (0, 1))}, "each of 3 channels"),
        ({"channels": 4, "rgb_channels": (0, 1)}, "three of the channels 0 to 3"),
        ({"channels": 4, "rgb_channels": (0, 1, 4)}, "three of the channels 0 to 3"),
    ],
)
def test_forms_that_cannot_be_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        ImageForm(**arguments)


@pytest.mark.parametrize(
    "form",
    [
        RGB,
        ImageForm(channels=1),
        ImageForm(channels=2, value_range=((0, 1), (2, 3)), rgb_channels=(1, 0, 1)),
        ImageForm(channels=4, value_range=(0, 4095)),
    ],
)
def test_a_form_can_be_stored(form):
    assert ImageForm.of(json.loads(json.dumps(form.described))) == form
    assert ImageForm.of(None) == RGB


def test_pictures_show_grey_and_chosen_channels():
    image = np.random.default_rng(0).uniform(0, 255, (*SIZE, 4)).astype(np.float32)
    bytes_of = np.rint(image).astype(np.uint8)
    assert ImageForm(channels=4).picture(image, (24, 8)).shape == (24, 8, 3)
    for channels, rgb_channels, shown in [
        (1, None, (0, 0, 0)),
        (2, None, (0, 0, 0)),
        (4, None, (0, 1, 2)),
        (4, (3, 2, 0), (3, 2, 0)),
    ]:
        form = ImageForm(channels=channels, rgb_channels=rgb_channels)
        picture = form.picture(image[..., :channels])
        np.testing.assert_array_equal(picture, bytes_of[..., list(shown)])
    np.testing.assert_array_equal(RGB.picture(bytes_of[..., :3]), bytes_of[..., :3])
