"""The expansion loss: SEC's formula, sizes, ties, images without or with all tags."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.losses import ExpansionLoss, expansion_loss
from tf_rloss.losses.expansion import DECAY_PIXELS

DECAYS = {"foreground_decay": 0.9, "background_decay": 0.97}
# float32 sums over some 100 pixels.
ROUNDING = 1e-5


def pooled(values, decay):
    weights = decay ** np.arange(values.size, dtype=np.float64)
    return np.sum(np.sort(values.ravel())[::-1] * weights) / weights.sum()


def by_hand(tags, probs, *, foreground_decay=0.996, background_decay=0.999):
    """SEC's formula for one image: tags (K,), probs (H, W, K)."""
    loss = -np.log(pooled(probs[..., 0], background_decay))
    classes = range(1, len(tags))
    found = [-np.log(pooled(probs[..., c], foreground_decay)) for c in classes]
    absent = [-np.log(1 - probs[..., c].max()) for c in classes]
    for terms, wanted in ((found, True), (absent, False)):
        terms = [t for t, c in zip(terms, classes, strict=True) if tags[c] == wanted]
        loss += np.mean(terms) if terms else 0.0
    return loss


def value_and_gradient(tags, probs, **options):
    probs = tf.constant(probs)
    with tf.GradientTape() as tape:
        tape.watch(probs)
        loss = expansion_loss(tags, probs, **options)
    return loss.numpy(), tape.gradient(loss, probs).numpy()


TAGS = np.array([[1, 0, 1, 0], [1, 1, 1, 1], [0, 0, 0, 0]])  # some, all, none


@pytest.mark.parametrize("size", [(9, 8), (1, 5), (1, 1)])
def test_loss_is_the_formula_of_sec(make, size):
    probs = make.probs((3, *size, 4))
    loss, gradient = value_and_gradient(
        TAGS, probs, **DECAYS, decay_pixels=None, floor=0.0
    )
    expected = [by_hand(TAGS[i], probs[i], **DECAYS) for i in range(3)]
    np.testing.assert_allclose(loss, expected, rtol=ROUNDING)
    assert np.isfinite(gradient).all()


def test_defaults_are_those_of_sec_on_its_own_grid(make):
    probs = make.probs((1, 41, 41, 4))
    floored = probs + 1e-4
    floored = floored / floored.sum(axis=-1, keepdims=True)
    expected = by_hand(TAGS[0], floored[0])
    loss = expansion_loss(TAGS[:1], probs)
    np.testing.assert_allclose(loss, [expected], rtol=ROUNDING)
    raw = expansion_loss(TAGS[:1], probs, decay_pixels=None)
    np.testing.assert_array_equal(raw, loss)


def test_the_background_is_present_whatever_its_tag(make):
    probs = make.probs((1, 6, 6, 4))
    np.testing.assert_array_equal(
        expansion_loss([[0, 1, 0, 0]], probs), expansion_loss([[1, 1, 0, 0]], probs)
    )


def test_the_share_of_the_image_is_kept_at_another_size(make):
    probs = make.probs((1, 20, 20, 3))
    larger = np.repeat(np.repeat(probs, 3, axis=1), 3, axis=2)
    tags = [[1, 1, 0]]
    kept, kept_larger = (expansion_loss(tags, p, floor=0.0) for p in (probs, larger))
    # Nine times the same values: a weight in place of the mean of nine, of which the
    # decay from one to the next, 1.7 % at 20 x 20, is what differs.
    np.testing.assert_allclose(kept_larger, kept, rtol=0.01)
    raw, raw_larger = (
        expansion_loss(tags, p, floor=0.0, decay_pixels=None) for p in (probs, larger)
    )
    assert abs(raw_larger - raw) > 0.05 * raw
    # The decays of a grid of these 400 pixels.
    power = DECAY_PIXELS / 400
    expected = by_hand(
        [1, 1, 0],
        probs[0],
        foreground_decay=0.996**power,
        background_decay=0.999**power,
    )
    np.testing.assert_allclose(kept, [expected], rtol=ROUNDING)


def test_decay_is_between_the_maximum_and_the_mean(make):
    probs = make.probs((1, 7, 7, 2))
    options = {"decay_pixels": None, "floor": 0.0}
    tags = [[1, 1]]

    def foreground(decay):
        both = expansion_loss(tags, probs, foreground_decay=decay, **options)
        return both - expansion_loss(tags, probs, foreground_decay=1.0, **options)

    highest, mean = probs[..., 1].max(), probs[..., 1].mean()
    np.testing.assert_allclose(
        foreground(1e-9), [np.log(mean) - np.log(highest)], rtol=ROUNDING
    )
    assert foreground(1e-9) < foreground(0.5) < foreground(0.9) < 0


def test_gradient_equals_finite_differences(make):
    probs = make.probs((3, 5, 4, 4), contrast=0.7)
    _, gradient = value_and_gradient(TAGS, probs, **DECAYS)
    # Steps so small that no two pixels change their ranks; float32 loses 1e-7 of the
    # loss, which is 1e-3 of the change.
    step = 2e-4
    direction = probs * np.sign(gradient)
    gaps = np.diff(np.sort(probs.reshape(3, 20, 4), axis=1), axis=1)
    moved = probs + step * direction
    same_ranks = np.argsort(moved.reshape(3, 20, 4), axis=1) == np.argsort(
        probs.reshape(3, 20, 4), axis=1
    )
    assert gaps.min() > 0 and same_ranks.mean() > 0.95
    change = expansion_loss(TAGS, moved, **DECAYS)
    change -= expansion_loss(TAGS, probs - step * direction, **DECAYS)
    along = np.sum(gradient * direction, axis=(1, 2, 3))
    np.testing.assert_allclose(change / (2 * step), along, rtol=5e-3)


def test_equal_probabilities_share_the_gradient_of_their_ranks():
    probs = np.full((2, 6, 6, 3), 1 / 3, np.float32)
    tags = [[1, 1, 0], [1, 0, 1]]
    loss, gradient = value_and_gradient(tags, probs, floor=0.0)
    # -log 1/3 twice, for the two classes that are there, and -log(1 - 1/3).
    np.testing.assert_allclose(loss, 2 * np.log(3) + np.log(1.5), rtol=ROUNDING)
    total = gradient.sum(axis=(1, 2))
    np.testing.assert_allclose(total[0], [-3.0, -3.0, 1.5], rtol=ROUNDING)
    np.testing.assert_allclose(total[1], [-3.0, 1.5, -3.0], rtol=ROUNDING)


@pytest.mark.parametrize("floor", [0.0, 1e-4])
def test_certain_probabilities_give_no_nan_at_the_logits(floor):
    logits = tf.constant(np.eye(3)[None, None] * 300.0, tf.float32)
    for tags in ([[1, 1, 0]], [[1, 0, 0]], [[1, 1, 1]]):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            loss = expansion_loss(tags, tf.nn.softmax(logits), floor=floor)
        assert np.isfinite(loss).all()
        assert np.isfinite(tape.gradient(loss, logits)).all()


def test_one_class_is_background_alone():
    loss, gradient = value_and_gradient([[1]], np.ones((1, 3, 3, 1), np.float32))
    np.testing.assert_allclose(loss, [0.0], atol=1e-6)
    assert np.isfinite(gradient).all()


def test_stride_reads_every_so_many_th_pixel(make):
    probs = make.probs((3, 6, 5, 4))
    loss, gradient = value_and_gradient(TAGS, probs, stride=2)
    expected = expansion_loss(TAGS, probs[:, ::2, ::2])
    np.testing.assert_array_equal(loss, expected)
    assert not gradient[:, 1::2].any() and not gradient[:, :, 1::2].any()


@pytest.mark.parametrize("shape", [(2, 4), (3, 3), (2, 3, 1)])
def test_wrong_shapes_are_named(shape):
    with pytest.raises(ValueError, match="`tags` must be 0 or 1 for each class"):
        expansion_loss(tf.zeros(shape), tf.zeros((2, 4, 4, 3)))


@pytest.mark.parametrize(
    "options",
    [
        {"foreground_decay": 0.0},
        {"background_decay": 1.1},
        {"stride": 0},
        {"decay_pixels": -1},
        {"floor": -1.0},
    ],
)
def test_wrong_options_are_named(options):
    with pytest.raises(ValueError, match=f"`{next(iter(options))}` must be"):
        ExpansionLoss(**options)
