"""Synthetic scenes can be drawn again, differ, and show every class."""

import numpy as np
import pytest
import scipy.ndimage

from tf_rloss.data import synthetic


def examples(count=12, **settings):
    source = synthetic(settings.pop("split", "train"), num_images=count, **settings)
    return [source.read(name) for name in source.ids]


def test_images_depend_on_seed_split_and_number_only():
    longer, shorter = examples(6, size=48), examples(2, size=48)
    for one, other in zip(shorter, longer[:2], strict=True):
        for first, second in zip(one, other, strict=True):
            np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("change", [{"split": "val"}, {"seed": 1}])
def test_splits_and_seeds_share_no_image(change):
    seen = {example.image.tobytes() for example in examples(8, size=48)}
    assert len(seen) == 8
    assert not seen & {e.image.tobytes() for e in examples(8, size=48, **change)}


@pytest.mark.parametrize("size", [32, 65, 96, 161])
def test_any_size_is_drawn(size):
    (example,) = examples(1, size=size)
    assert example.image.shape == (size, size, 3)
    assert example.image.dtype == example.mask.dtype == np.uint8
    assert example.scribble.shape == example.mask.shape == (size, size)


def test_classes_are_balanced_and_objects_are_large():
    source = synthetic("train", num_images=60, size=48)
    masks = np.stack([source.read(name).mask for name in source.ids])
    assert set(np.unique(masks)) == set(range(source.num_classes))
    present = [(masks == label).any((1, 2)).mean() for label in (1, 2, 3)]
    # Each of three kinds is in an image with probability 0.39.
    assert min(present) > 0.25
    assert 0.12 < (masks > 0).mean() < 0.40


def test_objects_stand_out_from_what_is_beside_them():
    contrasts = []
    for example in examples(30):
        image, mask = example.image, example.mask
        inside = scipy.ndimage.binary_erosion(mask > 0, iterations=2)
        beside = scipy.ndimage.binary_dilation(mask > 0, iterations=5) & (mask == 0)
        colors = image[inside][::7].astype(float), image[beside][::7].astype(float)
        gaps = np.linalg.norm(colors[0][:, None] - colors[1][None], axis=-1)
        contrasts.append(np.median(gaps.min(1)))
    # Two bandwidths of the usual affinity (15) between a pixel of an object and the
    # background colour most like it, in the typical image.
    assert np.median(contrasts) > 30


def test_camouflage_brings_the_colours_of_figures_into_the_landscape():
    def shared(**settings):
        """Returns the share of the landscape within 30 of a figure's colours."""
        parts = []
        for example in examples(20, **settings):
            figures = example.image[example.mask > 0][::9].astype(float)
            landscape = example.image[example.mask == 0][::29].astype(float)
            gaps = np.linalg.norm(landscape[:, None] - figures[None], axis=-1)
            parts.append((gaps.min(1) < 30).mean())
        return np.mean(parts)

    # A quarter of the landscape without camouflage, most of it with.
    assert shared() < 0.3
    assert shared(camouflage=True) > 0.5


def test_scribbles_leave_most_pixels_unlabelled_and_cover_every_class():
    for example in examples(12):
        drawn = example.scribble != 255
        assert 0.01 < drawn.mean() < 0.2
        assert set(np.unique(example.scribble[drawn])) == set(np.unique(example.mask))


@pytest.mark.parametrize("settings", [{"size": 16}, {"num_images": 0}])
def test_wrong_settings_are_named(settings):
    (name,) = settings
    with pytest.raises(ValueError, match=name):
        synthetic("train", **({"num_images": 1} | settings))
