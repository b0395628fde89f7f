"""Augmentation keeps image and labels aligned, and pads outside the region."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.data import Augmentation
from tf_rloss.data.augmentation import rotate

# Label = image's red channel: whatever moves one must move the other.
BLOCKS = np.kron(np.arange(48).reshape(6, 8), np.ones((8, 8))).astype(np.uint8)


def augment(augmentation, crop_size, seed=0, labels=BLOCKS):
    example = {
        "image": tf.constant(np.stack([labels] * 3, -1)),
        "mask": tf.constant(labels),
        "scribble": tf.constant(np.where(labels % 2, labels, 255).astype(np.uint8)),
    }
    result = augmentation(example, crop_size, tf.constant([seed, 1], tf.int64))
    return {name: value.numpy() for name, value in result.items()}


STILL_COLORS = {"brightness": 0.0, "contrast": 0.0, "saturation": 0.0}


def test_nothing_changes_without_augmentation():
    result = augment(Augmentation.none(), BLOCKS.shape)
    np.testing.assert_array_equal(result["mask"], BLOCKS)
    np.testing.assert_array_equal(result["image"][..., 0], BLOCKS)
    np.testing.assert_array_equal(result["target_image"][..., 3], 1.0)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("crop_size", [(30, 41), (48, 64), (61, 80)])
def test_image_and_labels_stay_aligned(seed, crop_size):
    augmentation = Augmentation((0.6, 1.7), flip=True, **STILL_COLORS)
    result = augment(augmentation, crop_size, seed)
    inside = result["target_image"][..., 3] == 1.0
    assert ((result["mask"] == 255) == ~inside).all()
    # Away from block borders the interpolated image has exactly its block's value;
    # borders are every 5 to 14 pixels, so about half of the pixels are exact.
    exact = np.abs(result["image"][..., 0] - result["mask"]) < 1e-3
    assert exact[inside].mean() > 0.4
    # Where interpolation mixes blocks, the nearest label is one of those mixed:
    # horizontal neighbours differ by 1, vertical ones by 8.
    error = np.abs(result["image"][..., 0] - result["mask"])[inside]
    assert error.max() <= 9.0
    odd = result["mask"][inside] % 2 == 1
    expected = np.where(odd, result["mask"][inside], 255)
    np.testing.assert_array_equal(result["scribble"][inside], expected)


def test_flips_mirror_half_of_the_images():
    augmentation = Augmentation((1.0, 1.0), flip=True, **STILL_COLORS)
    plain = mirrored = 0
    for seed in range(40):
        result = augment(augmentation, BLOCKS.shape, seed)["mask"]
        plain += (result == BLOCKS).all()
        mirrored += (result == BLOCKS[:, ::-1]).all()
    assert plain + mirrored == 40
    # A fair coin leaves 8..32 of 40 with probability 1 - 1e-4; seeds are fixed.
    assert 8 <= mirrored <= 32


def test_colour_jitter_touches_neither_labels_nor_the_true_colours():
    jitter = Augmentation(
        (1.0, 1.0), flip=False, brightness=60.0, contrast=0.5, saturation=0.5
    )
    changed = 0
    for seed in range(5):
        result = augment(jitter, BLOCKS.shape, seed)
        np.testing.assert_array_equal(result["mask"], BLOCKS)
        np.testing.assert_array_equal(result["target_image"][..., 0], BLOCKS)
        changed += np.abs(result["image"][..., 0] - BLOCKS).max() > 1.0
        assert result["image"].min() >= 0.0 and result["image"].max() <= 255.0
    assert changed == 5


def test_contrast_and_saturation_keep_the_mean_brightness():
    # Middle greys and weak colours, so that nothing is clipped at 0 or 255.
    noise = np.random.default_rng(0).integers(100, 150, (12, 12, 3)).astype(np.uint8)
    luma = np.array([0.299, 0.587, 0.114])
    jitter = Augmentation((1.0, 1.0), False, 0.0, 0.4, 0.4)
    seed = tf.constant([3, 4], tf.int64)
    result = jitter({"image": tf.constant(noise)}, (12, 12), seed)["image"].numpy()
    assert np.abs(result - noise).max() > 1.0
    # float32 rounding of values near 125.
    np.testing.assert_allclose((result @ luma).mean(), (noise @ luma).mean(), atol=1e-3)


def test_brightness_shifts_all_pixels_alike():
    result = augment(Augmentation((1.0, 1.0), False, 40.0, 0.0, 0.0), BLOCKS.shape, 3)
    shift = result["image"] - result["target_image"][..., :3]
    # Half a unit would be a visible step; rounding in float32 is far below.
    assert 0.5 < np.abs(shift[-1]).mean() <= 40.0
    inside = (result["image"] > 0.0) & (result["image"] < 255.0)
    assert np.ptp(shift[inside]) < 1e-3


def test_a_small_image_is_padded_outside_the_region_of_interest():
    result = augment(Augmentation.none(), (60, 70))
    region = result["target_image"][..., 3]
    assert region[:48, :64].all() and region.sum() == 48 * 64
    for kind in ("mask", "scribble"):
        assert (result[kind][48:] == 255).all() and (result[kind][:, 64:] == 255).all()
    np.testing.assert_array_equal(result["mask"][:48, :64], BLOCKS)
    # The padding has one colour, in both pictures.
    assert np.ptp(result["image"][48:], axis=(0, 1)).max() == 0.0
    np.testing.assert_array_equal(
        result["image"][48:], result["target_image"][48:, :, :3]
    )


def test_a_smaller_image_is_not_padded_when_it_grows_enough():
    result = augment(Augmentation((1.5, 1.5), False, **STILL_COLORS), (60, 70))
    assert result["target_image"][..., 3].all()


def test_zooms_are_chosen_from_the_scales_alike_often():
    scales = (0.5, 0.75, 1.0)
    augmentation = Augmentation(scales=scales, flip=False, **STILL_COLORS)
    rows = []
    for seed in range(60):
        region = augment(augmentation, BLOCKS.shape, seed)["target_image"][..., 3]
        rows.append(int(region[:, 0].sum()))
    # 48 rows times the scale; the rest is padding.
    assert set(rows) == {24, 36, 48}
    # 20 each are expected; 9 or fewer has a probability of 1e-3.
    assert min(rows.count(24), rows.count(36), rows.count(48)) > 9


def test_random_crops_reach_both_edges():
    augmentation = Augmentation((1.0, 1.0), False, **STILL_COLORS)
    rows = np.arange(48, dtype=np.uint8)[:, None] + np.zeros((1, 64), np.uint8)
    tops = {augment(augmentation, (46, 64), s, rows)["mask"][0, 0] for s in range(30)}
    assert tops == {0, 1, 2}


@pytest.mark.parametrize("labels", [BLOCKS[:1, :1], BLOCKS[:1], BLOCKS[:, :1]])
def test_tiny_images_are_padded_not_refused(labels):
    result = augment(Augmentation((0.5, 2.0), True), (9, 7), labels=labels)
    assert result["mask"].shape == (9, 7)
    assert result["target_image"][..., 3].any()


@pytest.mark.parametrize(
    "settings, name",
    [
        ({"scale_range": (0.0, 1.0)}, "scale_range"),
        ({"scale_range": (2.0, 1.0)}, "scale_range"),
        ({"scales": (1.0, 0.0)}, "scales"),
        ({"scales": ()}, "scales"),
        ({"contrast": 1.5}, "contrast"),
        ({"brightness": -1.0}, "brightness"),
    ],
)
def test_wrong_settings_are_named(settings, name):
    with pytest.raises(ValueError, match=name):
        Augmentation(**settings)


def test_stretching_keeps_the_whole_image_without_its_aspect():
    augmentation = Augmentation((1.0, 3.0), flip=False, stretch=True, **STILL_COLORS)
    result = augment(augmentation, (24, 128))
    rows, columns = np.arange(24) * 2 + 1, np.arange(128) // 2
    np.testing.assert_array_equal(result["mask"], BLOCKS[rows][:, columns])
    np.testing.assert_array_equal(result["target_image"][..., 3], 1.0)


def test_half_of_the_images_are_turned_upside_down():
    augmentation = Augmentation(
        (1.0, 1.0), flip=False, vertical_flip=True, **STILL_COLORS
    )
    upright = turned = 0
    for seed in range(40):
        result = augment(augmentation, BLOCKS.shape, seed)
        labels = result["mask"]
        np.testing.assert_array_equal(result["image"][..., 0], labels)
        np.testing.assert_array_equal(result["target_image"][..., 3], 1.0)
        upright += (labels == BLOCKS).all()
        turned += (labels == BLOCKS[::-1]).all()
    assert upright + turned == 40 and 10 <= turned <= 30


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("crop_size", [(30, 41), (61, 80)])
def test_rotated_images_and_labels_stay_aligned(seed, crop_size):
    augmentation = Augmentation((1.0, 1.5), rotation=40.0, **STILL_COLORS)
    result = augment(augmentation, crop_size, seed)
    inside = result["target_image"][..., 3] == 1.0
    assert ((result["mask"] == 255) == ~inside).all() and not inside.all()
    assert set(np.unique(result["target_image"][..., 3])) == {0.0, 1.0}
    odd = result["mask"][inside] % 2 == 1
    expected = np.where(odd, result["mask"][inside], 255)
    np.testing.assert_array_equal(result["scribble"][inside], expected)
    # Blocks are eight pixels wide, so that more than a third lie within one, where the
    # image has exactly the value of its label.
    exact = np.abs(result["image"][..., 0] - result["mask"]) < 1e-3
    assert exact[inside].mean() > 0.35


@pytest.mark.parametrize(("angle", "turns"), [(0.0, 0), (np.pi / 2, -1), (np.pi, 2)])
@pytest.mark.parametrize("method", ["NEAREST", "BILINEAR"])
def test_right_angles_permute_the_pixels(angle, turns, method):
    crop = tf.constant(np.arange(5 * 5 * 2).reshape(5, 5, 2), tf.float32)
    rotated = rotate(crop, tf.constant(angle), method, (7.0, 9.0))
    # Roundings of positions, times differences between pixels of up to 10.
    np.testing.assert_allclose(rotated, np.rot90(crop, turns), rtol=0, atol=1e-4)


def test_what_lies_outside_a_rotated_crop_is_filled():
    labels = tf.ones((4, 12), tf.int32)
    rotated = rotate(labels, tf.constant(np.pi / 2), "NEAREST", 255).numpy()
    assert (rotated[:, :4] == 255).all() and (rotated[:, 8:] == 255).all()
    assert (rotated[:, 4:8] == 1).all()


def test_draws_of_other_changes_do_not_depend_on_rotation():
    """Protects: a run without rotation sees the images that it always saw."""
    plain = augment(Augmentation(), (40, 40), 3)["target_image"]
    tiny = augment(Augmentation(rotation=1e-6), (40, 40), 3)["target_image"]
    # Rotated by a millionth of a degree.
    np.testing.assert_allclose(tiny, plain, rtol=0, atol=1e-2)


def test_a_rotation_out_of_range_is_refused():
    with pytest.raises(ValueError, match="rotation=200"):
        Augmentation(rotation=200)
