"""Losses in functions that are traced without shapes."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import losses

RNG = np.random.default_rng(0)
PROBS = tf.nn.softmax(tf.constant(RNG.normal(size=(2, 7, 6, 3)), tf.float32))
LABELS = tf.constant(RNG.integers(0, 3, (2, 7, 6)))
RGB = RNG.random((2, 7, 6, 3), np.float32) * 255
IMAGE = tf.concat([RGB, RGB[..., :1] > 99], -1)  # with a region of interest
SCRIBBLED = tf.concat([IMAGE, tf.cast(LABELS, tf.float32)[..., None]], -1)
TAGS = tf.constant([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0]])
SIGMAS = {"sigma_xy": 4.0, "sigma_color": 40.0}

LOSSES = {
    losses.dense_crf_loss: (IMAGE, SIGMAS | {"scale": 0.5}),
    losses.normalized_cut_loss: (IMAGE, SIGMAS | {"affinity": "grid8"}),
    losses.kernel_cut_loss: (IMAGE, SIGMAS),
    losses.constrain_to_boundary_loss: (IMAGE, {}),
    losses.dense_crf_adm_loss: (SCRIBBLED, {}),
    losses.dense_crf_proposals: (SCRIBBLED, {}),
    losses.partial_crossentropy: (LABELS, {}),
    losses.seeding_loss: (LABELS, {}),
    losses.expansion_loss: (TAGS, {}),
    losses.tag_crossentropy: (TAGS, {}),
}
all_losses = pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)


def traced(loss, target_shape, probs_shape):
    target, options = LOSSES[loss]
    signature = [tf.TensorSpec(target_shape, target.dtype), tf.TensorSpec(probs_shape)]
    function = tf.function(
        lambda target, probs: loss(target, probs, **options),
        input_signature=signature,
        autograph=False,
    )
    return function(target, PROBS)


@all_losses
@pytest.mark.parametrize("rank_known", [True, False])
def test_the_sizes_may_be_unknown(loss, rank_known):
    target, options = LOSSES[loss]
    # Channels tell whether there is a region of interest.
    channels = target.shape[3:]
    sizes = [*[None] * (target.shape.rank - len(channels)), *channels]
    result = traced(loss, sizes, [None] * 4 if rank_known else None)
    np.testing.assert_allclose(result, loss(target, PROBS, **options), rtol=1e-5)


@all_losses
def test_a_target_of_unknown_rank_is_taken_or_refused_in_a_sentence(loss):
    target, options = LOSSES[loss]
    if target.shape.rank == 4:
        with pytest.raises(ValueError, match=r"`tf.ensure_shape` states it"):
            traced(loss, None, None)
    elif loss is losses.seeding_loss:
        with pytest.raises(ValueError, match="and of known rank"):
            traced(loss, None, None)
    else:
        result = traced(loss, None, None)
        np.testing.assert_allclose(result, loss(target, PROBS, **options), rtol=1e-5)
