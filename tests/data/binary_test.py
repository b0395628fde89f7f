"""All classes but the first become one."""

import dataclasses

import numpy as np
import pytest

from tf_rloss.data import binary, synthetic


@pytest.fixture(scope="module")
def source():
    return synthetic("train", num_images=12, size=32)


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
