"""Sources are chosen from, joined, and lose some of their labels."""

import numpy as np
import pytest

from tf_rloss.data import (
    binary,
    concatenate,
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
    with pytest.raises(ValueError, match=r"from 1 to 12 \(the number of images\)"):
        subset(source, count)


def test_images_lose_their_labels_and_others_keep_them(source):
    mixed = without_labels(source, source.ids[1:3])
    assert mixed.labelled.tolist() == [True, False, False, *[True] * 9]
    for index in (0, 1):
        before, after = (s.load_tensors(np.int64(index)) for s in (source, mixed))
        np.testing.assert_array_equal(after["image"], before["image"])
        for name in ("scribble", "mask"):
            expected = np.full((32, 32), 255) if index else before[name]
            np.testing.assert_array_equal(after[name], expected)
    assert not np.any(mixed.load_tensors(np.int64(1))["tags"])
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
