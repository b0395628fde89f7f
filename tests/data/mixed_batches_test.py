"""Every batch holds the number of labelled images that was asked for."""

import numpy as np
import pytest

from tests.data.numbered import assert_same, batches, numbered_source
from tf_rloss import losses
from tf_rloss.data import Augmentation, without_labels

UNLABELLED = ("1", "2", "4", "5", "6", "8", "9")
TARGETS = ("mask", "image", "unlabelled_image")


@pytest.fixture
def source():
    """Ten images; 0, 3 and 7 are labelled."""
    return without_labels(numbered_source(10), UNLABELLED)


def mixed(count, source, **settings):
    settings = {"labelled_per_batch": 2, "batch_size": 6, "targets": TARGETS} | settings
    return batches(count, source, **settings)


def rows_with_labels(batch):
    return (batch["mask"] != 255).any((1, 2))


def numbers(batch):
    return batch["image"][:, 0, 0, 2].astype(int)


@pytest.mark.parametrize("labelled", [1, 5])
def test_every_batch_has_the_labelled_images_asked_for(source, labelled):
    for batch in mixed(8, source, labelled_per_batch=labelled):
        assert rows_with_labels(batch).sum() == labelled


def test_each_kind_is_visited_in_epochs_of_its_own(source):
    stream = mixed(21, source, augmentation=Augmentation.none())
    labelled = np.concatenate([numbers(b)[rows_with_labels(b)] for b in stream])
    others = np.concatenate([numbers(b)[~rows_with_labels(b)] for b in stream])
    for epoch in labelled.reshape(14, 3):
        assert sorted(epoch) == [0, 3, 7]
    for epoch in others.reshape(12, 7):
        assert sorted(map(str, epoch)) == sorted(UNLABELLED)
    assert len({tuple(epoch) for epoch in others.reshape(12, 7)}) > 1


def test_images_of_two_kinds_of_one_size_do_not_stay_in_pairs():
    source = without_labels(numbered_source(10), [str(i) for i in range(5, 10)])
    stream = mixed(
        20, source, batch_size=2, labelled_per_batch=1, augmentation=Augmentation.none()
    )
    assert len({tuple(sorted(numbers(batch))) for batch in stream}) > 5


def test_without_a_number_all_images_are_shuffled_together(source):
    plain = batches(5, numbered_source(10), batch_size=6, targets=("image",))
    loose = mixed(5, source, labelled_per_batch=None, targets=("image",))
    assert_same(loose, plain)


@pytest.mark.parametrize("start", [5])
def test_starting_later_gives_the_batches_of_a_run_from_zero(source, start):
    assert_same(mixed(3, source, start_step=start), mixed(start + 3, source)[start:])


@pytest.mark.parametrize("count", [2, 3])
def test_shards_put_together_are_the_global_batches(source, count):
    shards = [
        mixed(3, source, labelled_per_batch=count, shard=(index, count))
        for index in range(count)
    ]
    for shard in shards:
        assert all(rows_with_labels(batch).sum() == 1 for batch in shard)
    joined = [
        {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        for parts in zip(*shards, strict=True)
    ]
    assert_same(joined, mixed(3, source, labelled_per_batch=count))


def test_only_unlabelled_images_are_regularized(source):
    (batch,) = mixed(1, source, crop_size=32)  # larger than the images: padded
    labelled = rows_with_labels(batch)
    assert (batch["unlabelled_image"][labelled, ..., 3] == 0).all()
    np.testing.assert_array_equal(
        batch["unlabelled_image"][~labelled], batch["image"][~labelled]
    )
    logits = np.random.default_rng(0).normal(size=(6, 32, 32, 3)).astype(np.float32)
    probs = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    options = {"sigma_xy": 5.0, "region_channel": True}
    for loss in (losses.DenseCRFLoss(**options), losses.KernelCutLoss(**options)):
        everywhere = loss.call(batch["image"], probs).numpy()
        values = loss.call(batch["unlabelled_image"], probs).numpy()
        np.testing.assert_array_equal(values, np.where(labelled, 0.0, everywhere))
    entropy = losses.partial_crossentropy(batch["mask"], probs).numpy()
    assert ((entropy > 0) == labelled).all()


@pytest.mark.parametrize("labelled", [0, 6])
def test_both_kinds_need_a_row(source, labelled):
    with pytest.raises(ValueError, match="`labelled_per_batch` must be above 0"):
        mixed(1, source, labelled_per_batch=labelled)


def test_both_kinds_must_be_there():
    with pytest.raises(ValueError, match="10 labelled and 0 unlabelled"):
        mixed(1, numbered_source(10))
