"""Proposals are made once, from scribbles only, in any thread."""

import concurrent.futures
import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.data import DataError, synthetic
from tf_rloss.proposals import make_proposals, scribblesup, with_proposals


def scribbled(count=3, size=32):
    """Returns synthetic images without their masks."""
    source = synthetic("proposals_test", num_images=count, size=size)

    def read(name):
        return source.read(name)._replace(mask=None)

    return dataclasses.replace(source, has_masks=False, read=read)


class Counting:
    """Calls `scribblesup` and remembers the arguments."""

    def __init__(self):
        self.calls = []

    def __call__(self, *inputs):
        self.calls.append(inputs)
        return scribblesup(*inputs)


def test_masks_are_the_proposals_and_nothing_else_changes():
    source = scribbled()
    proposed = with_proposals(source, scribblesup)
    assert proposed.has_masks and not source.has_masks
    for name in source.ids:
        before, after = source.read(name), proposed.read(name)
        expected = scribblesup(before, source.num_classes)
        np.testing.assert_array_equal(after.mask, expected)
        np.testing.assert_array_equal(after.scribble, before.scribble)
        np.testing.assert_array_equal(after.image, before.image)


def test_every_proposal_is_made_once_and_progress_is_told():
    propose, told = Counting(), []
    proposed = with_proposals(scribbled(), propose)
    make_proposals(proposed, lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]
    first = proposed.read(proposed.ids[1])
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for example in pool.map(proposed.read, [proposed.ids[1]] * 8):
            np.testing.assert_array_equal(example.mask, first.mask)
    assert len(propose.calls) == 3


def test_a_network_is_asked_at_the_size_of_the_image():
    source, propose, asked = scribbled(1), Counting(), []

    def predict(image, size):
        asked.append((image.shape, size))
        return np.full((*size, source.num_classes), 0.25, np.float32)

    mask = with_proposals(source, propose, predict).read(source.ids[0]).mask
    assert asked == [((32, 32, 3), (32, 32))]
    assert propose.calls[0][2].shape == (32, 32, source.num_classes)
    # It prefers no class, so that proposals are those without it.
    plain = with_proposals(source, scribblesup).read(source.ids[0]).mask
    np.testing.assert_array_equal(mask, plain)


def test_larger_scribbles_are_reduced_to_the_image():
    source = scribbled(1)

    def read(name):
        example = source.read(name)
        return example._replace(image=np.ascontiguousarray(example.image[::2, ::2]))

    proposed = with_proposals(dataclasses.replace(source, read=read), scribblesup)
    example = proposed.read(source.ids[0])
    assert example.mask.shape == (16, 16) and example.scribble.shape == (32, 32)
    assert set(np.unique(example.mask)) <= set(np.unique(example.scribble))


def test_proposals_are_made_without_a_look_at_the_masks():
    source, propose = synthetic("proposals_test", num_images=1, size=32), Counting()
    with_proposals(source, propose).read(source.ids[0])
    ((example, _),) = propose.calls
    assert example.mask is None and example.scribble is not None


def test_pipelines_load_proposals():
    proposed = with_proposals(scribbled(1), scribblesup)
    mask = proposed.load_tensors(tf.constant(0, tf.int64))["mask"].numpy()
    np.testing.assert_array_equal(mask, proposed.read(proposed.ids[0]).mask)


def test_an_error_stops_the_pass_over_all_images():
    def fail(example, num_classes):
        raise ValueError("no proposal")

    with pytest.raises(ValueError, match="no proposal"):
        make_proposals(with_proposals(scribbled(), fail))


def test_proposals_need_scribbles():
    source = dataclasses.replace(scribbled(1), has_scribbles=False)
    with pytest.raises(DataError, match="scribbles"):
        with_proposals(source, scribblesup)
