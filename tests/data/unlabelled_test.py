"""Sources in which some images have no labels, and choices of those that have."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from tf_rloss.data import (
    DataError,
    binary,
    concatenate,
    photographs,
    subset,
    synthetic,
    without_labels,
)


@pytest.fixture(scope="module")
def source():
    return synthetic("train", num_images=12, size=32)


def test_fewer_images_are_among_the_more(source):
    chosen = [set(subset(source, count, seed=1).ids) for count in (2, 5, 12)]
    assert [len(ids) for ids in chosen] == [2, 5, 12]
    assert chosen[0] < chosen[1] < chosen[2]
    assert set(subset(source, 5, seed=2).ids) != chosen[1]


def test_a_subset_keeps_the_order_but_does_not_depend_on_it(source):
    chosen = subset(source, 5)
    assert list(chosen.ids) == sorted(chosen.ids)
    backwards = source.take(range(11, -1, -1))
    assert set(subset(backwards, 5).ids) == set(chosen.ids)


@pytest.mark.parametrize("count", [0, 13])
def test_a_subset_has_one_to_all_images(source, count):
    with pytest.raises(ValueError, match="from 1 to the number of images, 12"):
        subset(source, count)


def test_images_lose_their_labels_and_others_keep_them(source):
    mixed = without_labels(source, source.ids[1:3])
    assert mixed.labelled.tolist() == [True, False, False, *[True] * 9]
    for index in (0, 1):
        before, after = (s.load(np.int64(index)) for s in (source, mixed))
        np.testing.assert_array_equal(after["image"], before["image"])
        for name in ("scribble", "mask"):
            expected = np.full((32, 32), 255) if index else before[name]
            np.testing.assert_array_equal(after[name], expected)
    assert not np.any(mixed.load(np.int64(1))["tags"])
    assert mixed.take([2, 0]).labelled.tolist() == [False, True]


def test_images_to_unlabel_must_be_there(source):
    with pytest.raises(ValueError, match="'elsewhere'"):
        without_labels(source, ["elsewhere"])


def test_sources_are_put_one_behind_the_other(source):
    other = synthetic("other", num_images=3, size=48)
    other = without_labels(other, other.ids)
    both = concatenate(source, other)
    assert both.ids == source.ids + other.ids
    assert both.size == (48, 48)
    assert both.labelled.tolist() == [True] * 12 + [False] * 3
    for part, name in ((source, source.ids[4]), (other, other.ids[2])):
        np.testing.assert_array_equal(both.read(name).image, part.read(name).image)


def test_sources_that_do_not_fit_together_are_refused(source):
    with pytest.raises(ValueError, match="must not share ids"):
        concatenate(source, source)
    with pytest.raises(ValueError, match="same classes"):
        concatenate(source, binary(source))


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
    assert (found.load(np.int64(0))["mask"].numpy() == 255).all()


def test_photographs_that_cannot_be_read_are_all_named(source, tmp_path):
    with pytest.raises(DataError, match="has no PNG or JPEG files"):
        photographs(tmp_path, like=source)
    (tmp_path / "a.png").write_bytes(b"no image")
    (tmp_path / "b.txt").write_text("words")
    with pytest.raises(DataError) as raised:
        photographs(tmp_path, like=source)
    assert f"{tmp_path.name}/a.png: cannot be read" in str(raised.value)
    assert f"{tmp_path.name}/b.txt: is neither" in str(raised.value)
    with pytest.raises(FileNotFoundError, match="no folder"):
        photographs(tmp_path / "nowhere", like=source)


def test_binary_merges_all_classes_but_the_first(source):
    merged = binary(source)
    assert merged.class_names == ("background", "object")
    name = next(name for name in source.ids if source.read(name).mask.max() > 1)
    before, after = (s.read(name) for s in (source, merged))
    np.testing.assert_array_equal(after.mask, before.mask > 0)
    unlabelled = before.scribble == 255
    np.testing.assert_array_equal(after.scribble == 255, unlabelled)
    np.testing.assert_array_equal(
        after.scribble[~unlabelled], before.scribble[~unlabelled] > 0
    )
    assert after.cues is None


@pytest.mark.parametrize(
    "tags, expected", [([1, 0, 0, 1], [1, 1]), ([0, 0, 0, 0], [0, 0]), (None, None)]
)
def test_binary_tags_say_whether_there_is_an_object(source, tags, expected):
    tagged = dataclasses.replace(
        source, read=lambda name: source.read(name)._replace(tags=tags)
    )
    found = binary(tagged).read(source.ids[0]).tags
    assert (found if found is None else found.tolist()) == expected
