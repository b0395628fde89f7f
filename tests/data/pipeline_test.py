"""Training batches depend on seed and step only, and evaluation keeps the order."""

import dataclasses

import numpy as np
import pytest

from tests.data.numbered import TARGETS, assert_same, batches, numbered_source
from tf_rloss.data import Augmentation, Example, eval_pipeline, train_pipeline


def test_batches_have_the_promised_types_and_shapes():
    (batch,) = batches(1, crop_size=(10, 14))
    assert {name: (a.shape, a.dtype.name) for name, a in batch.items()} == {
        "input": ((4, 10, 14, 3), "float32"),
        "scribble": ((4, 10, 14), "int32"),
        "mask": ((4, 10, 14), "int32"),
        "image": ((4, 10, 14, 4), "float32"),
    }


def test_static_shapes_are_known():
    image, targets = train_pipeline(
        numbered_source(), batch_size=4, crop_size=16, targets=TARGETS
    ).element_spec
    assert image.shape == (4, 16, 16, 3)
    assert targets["image"].shape == (4, 16, 16, 4)
    assert targets["scribble"].shape == targets["mask"].shape == (4, 16, 16)


def test_same_seed_gives_same_batches_and_another_seed_others():
    assert_same(batches(5, seed=3), batches(5, seed=3))
    first, other = batches(5, seed=3), batches(5, seed=4)
    assert any(
        (a["input"] != b["input"]).any() for a, b in zip(first, other, strict=True)
    )


@pytest.mark.parametrize("start", [1, 2, 4, 9])
def test_starting_later_gives_the_batches_of_a_run_from_zero(start):
    assert_same(batches(3, start_step=start), batches(start + 3)[start:])


def test_skipped_images_are_not_read():
    read_ids = []
    source = numbered_source(num_images=400, read_ids=read_ids)
    batches(1, source, start_step=90)
    # Prefetching reads ahead by a few batches, never by the 360 images skipped.
    assert len(read_ids) < 200


@pytest.mark.parametrize("count", [2, 4])
def test_shards_put_together_are_the_global_batches(count):
    shards = [batches(4, shard=(index, count)) for index in range(count)]
    joined = [
        {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        for parts in zip(*shards, strict=True)
    ]
    assert_same(joined, batches(4))


def test_an_epoch_visits_every_image_once_in_changing_order():
    plain = Augmentation.none()
    stream = batches(14, augmentation=plain, batch_size=1)
    seen = [int(batch["image"][0, 0, 0, 2]) for batch in stream]
    assert sorted(seen[:7]) == sorted(seen[7:]) == list(range(7))
    assert seen[:7] != seen[7:]


def test_a_batch_may_be_larger_than_the_data_set():
    (batch,) = batches(1, batch_size=16)
    assert batch["input"].shape[0] == 16


def test_only_the_targets_asked_for_come():
    (batch,) = batches(1, targets=("image",))
    assert batch.keys() == {"input", "image"}


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"targets": ("masks",)}, "targets"),
        ({"targets": ()}, "targets"),
        ({"batch_size": 3, "shard": (0, 2)}, "divisible"),
        ({"shard": (2, 2)}, "shard"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        batches(1, **settings)


def test_a_target_the_source_lacks_is_refused():
    source = dataclasses.replace(numbered_source(), has_masks=False)
    with pytest.raises(ValueError, match="'mask', which source 'numbered'"):
        batches(1, source, targets=("mask",))


def test_evaluation_keeps_order_and_full_size_labels():
    small = numbered_source()

    def read(name):
        example = small.read(name)
        large = np.kron(example.mask, np.ones((2, 2), np.uint8))
        return example._replace(mask=large, scribble=None)

    source = dataclasses.replace(small, read=read, has_scribbles=False)
    examples = list(eval_pipeline(source).as_numpy_iterator())
    assert [int(example["index"]) for example in examples] == list(range(7))
    for number, example in enumerate(examples):
        assert example["image"].shape == (20, 24, 3)
        assert example["image"][0, 0, 2] == number
        assert example["mask"].shape == (40, 48)
        assert (example["scribble"] == 255).all()


def test_scribbled_image_is_image_region_and_scribble():
    (batch,) = batches(1, targets=(*TARGETS, "scribbled_image"), crop_size=32)
    np.testing.assert_array_equal(batch["scribbled_image"][..., :4], batch["image"])
    np.testing.assert_array_equal(batch["scribbled_image"][..., 4], batch["scribble"])


def test_tags_are_those_of_the_whole_image():
    source = numbered_source()
    tagged = dataclasses.replace(
        source, read=lambda name: source.read(name)._replace(tags=[True, False, True])
    )
    (batch,) = batches(1, tagged, targets=("tags",), crop_size=1)
    np.testing.assert_array_equal(batch["tags"], np.tile([1.0, 0.0, 1.0], (4, 1)))
    (batch,) = batches(1, targets=("tags",), crop_size=1)
    np.testing.assert_array_equal(batch["tags"], np.ones((4, 3)))


def test_cells_of_cues_lie_at_every_eighth_pixel_of_a_stretched_image():
    """A loss that reads every 8th pixel sees the cues as they were given."""
    cells = np.random.default_rng(0).integers(0, 3, (41, 41)).astype(np.uint8)

    def read(name):
        return Example(np.zeros((375, 500, 3), np.uint8), cues=cells)

    source = dataclasses.replace(
        numbered_source(1), read=read, has_masks=False, has_cues=True
    )
    still = dataclasses.replace(Augmentation.none(), stretch=True)
    (batch,) = batches(
        1, source, batch_size=1, targets=("cues",), crop_size=321, augmentation=still
    )
    np.testing.assert_array_equal(batch["cues"][0, ::8, ::8], cells)
