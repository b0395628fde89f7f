"""Sources load examples, and are taken from and split."""

import dataclasses

import numpy as np
import pytest

from tf_rloss.data import DataError, Example, split, synthetic
from tf_rloss.data.source import Source


@pytest.fixture(scope="module")
def source():
    return synthetic("train", num_images=20, size=32)


def test_take_keeps_the_order_asked_for(source):
    taken = source.take([3, 1])
    assert taken.ids == (source.ids[3], source.ids[1])
    loaded = taken.load_tensors(np.int64(1))
    np.testing.assert_array_equal(loaded["image"], source.read(source.ids[1]).image)


def test_loading_a_position_is_reading_its_id(source):
    loaded, read = source.load(3), source.read(source.ids[3])
    assert isinstance(loaded, Example)
    for one, other in zip(loaded, read, strict=True):
        np.testing.assert_array_equal(one, other)


def test_split_is_a_partition_in_order(source):
    train, held_out = split(source, 0.25, seed=1)
    assert len(held_out) == 5 and len(train) == 15
    assert sorted(train.ids + held_out.ids) == sorted(source.ids)
    assert list(train.ids) == sorted(train.ids)
    assert split(source, 0.25, seed=1)[1].ids == held_out.ids
    assert split(source, 0.25, seed=2)[1].ids != held_out.ids


def test_split_does_not_depend_on_the_order_of_images(source):
    backwards = source.take(range(19, -1, -1))
    assert set(split(backwards, 0.3)[1].ids) == set(split(source, 0.3)[1].ids)


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.5])
def test_split_needs_a_fraction_inside_zero_and_one(source, fraction):
    with pytest.raises(ValueError, match="fraction"):
        split(source, fraction)


def test_split_leaves_no_part_empty(source):
    train, held_out = split(source.take([0, 1]), 0.01)
    assert len(train) == len(held_out) == 1
    with pytest.raises(ValueError, match="two images"):
        split(source.take([0]), 0.5)


def test_a_source_without_images_is_refused(source):
    with pytest.raises(DataError, match="no images"):
        source.take([])


def test_a_palette_of_another_length_is_refused(source):
    with pytest.raises(ValueError, match="palette"):
        dataclasses.replace(source, palette=source.palette[:2])


def test_missing_kinds_are_255_everywhere(source):
    def read(name):
        return source.read(name)._replace(mask=None)

    bare: Source = dataclasses.replace(source, read=read, has_masks=False)
    assert (bare.load_tensors(np.int64(0))["mask"].numpy() == 255).all()
