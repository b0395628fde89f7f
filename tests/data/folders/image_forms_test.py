"""Folders of grey images and of bands become sources and batches."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
import tifffile

from tests.data import small_folder
from tests.data.image_form_test import numbers
from tf_rloss import data
from tf_rloss.data import ImageForm


@pytest.fixture
def bands(tmp_path):
    """A folder whose images are TIFF files of four bands in 16 bits."""
    small_folder.write_folder(tmp_path)
    for number, path in enumerate(sorted((tmp_path / "images").iterdir())):
        path.unlink()
        values = numbers(4, seed=number)
        tifffile.imwrite(
            path.with_suffix(".tif"),
            values,
            photometric="minisblack",
            planarconfig="contig",
        )
    return tmp_path


def test_a_folder_of_bands_becomes_batches(bands):
    source = data.folder(bands, image_form=ImageForm(channels=4), image_scale=0.5)
    example = source.load(0)
    assert example.image.shape == (6, 8, 4) and example.image.dtype == np.float32
    assert source.size == (6, 8)
    targets = ("scribble", "image", "scribbled_image")
    (batch,) = data.train_pipeline(
        source,
        batch_size=2,
        crop_size=8,
        augmentation=data.Augmentation(rotation=20.0),
        targets=targets,
    ).take(1)
    image, signals = batch
    assert image.shape == (2, 8, 8, 4)
    assert signals["image"].shape == (2, 8, 8, 5)
    assert signals["scribbled_image"].shape == (2, 8, 8, 6)
    assert np.min(image) >= 0 and np.max(image) <= 255
    (item,) = data.eval_pipeline(source).take(1)
    np.testing.assert_array_equal(item["image"], example.image)


def test_a_folder_keeps_the_range_that_percentiles_gave(bands):
    form = ImageForm(channels=4)
    source = data.folder(bands, image_form=form, percentiles=(2.0, 98.0))
    paths = sorted((bands / "images").iterdir())
    assert source.image_form == form.with_percentiles(paths, (2.0, 98.0))
    image = source.load(0).image
    np.testing.assert_array_equal(image, source.image_form.read(paths[0]))
    assert image.min() == 0 and image.max() == 255
    unlabelled = data.photographs(
        bands / "images", dataclasses.replace(source, size=(6, 16))
    )
    assert unlabelled.load(0).image.shape == (6, 8, 4)
    assert unlabelled.image_form == source.image_form


def test_faults_of_bands_are_in_the_one_list(bands):
    (bands / "images" / "a.tif").write_bytes(b"nothing")
    tifffile.imwrite(
        bands / "images" / "b.tif", numbers(3), photometric="rgb", planarconfig="contig"
    )
    with pytest.raises(data.DataError) as error:
        data.folder(bands, image_form=ImageForm(channels=4))
    assert "2 problems found" in str(error.value)
    assert "images/a.tif: cannot be read" in str(error.value)
    assert "images/b.tif: has 3 channels, and images must have 4" in str(error.value)


def doubts(folder, form, **options):
    """Returns the warnings about the range of values."""
    found = data.inspect_folder(folder, image_form=form, **options)
    return [text for text in found.warnings if "range of values" in text]


def test_values_that_use_little_of_their_range_are_a_doubt(bands):
    for number, path in enumerate(sorted((bands / "images").iterdir())):
        values = numbers(4, seed=number)
        values[..., [0, 2]] >>= 4  # 12 bits
        tifffile.imwrite(path, values, photometric="minisblack", planarconfig="contig")
    (doubt,) = doubts(bands, ImageForm(4))
    assert doubt.startswith(
        "images/: channel 0, 2 of the images use 6.2 % of the range"
    )
    assert "--value_range=0,4095" in doubt
    assert not doubts(bands, ImageForm(4, [(0, 4095), (0, 65535)] * 2))
    assert not doubts(bands, ImageForm(4), percentiles=(1.0, 99.0))
    (doubt,) = doubts(bands, ImageForm(4, (70_000, 80_000)))
    assert doubt.startswith("images/: channel 0, 1, 2, 3 of the images use 0.0 %")


def test_crops_of_one_channel_are_padded_with_grey(tmp_path):
    small_folder.write_folder(tmp_path)
    source = data.folder(tmp_path, image_form=ImageForm(channels=1))
    (batch,) = data.train_pipeline(
        source, batch_size=1, crop_size=32, augmentation=data.Augmentation.none()
    ).take(1)
    image, signals = batch
    assert image.shape == (1, 32, 32, 1) and signals["image"].shape == (1, 32, 32, 2)
    outside = signals["image"][..., 1] == 0
    np.testing.assert_array_equal(tf.boolean_mask(image, outside), 115.0)
