"""Losses in functions that are traced without shapes."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import losses

RNG = np.random.default_rng(0)
PROBS = tf.nn.softmax(tf.constant(RNG.normal(size=(2, 7, 6, 3)), tf.float32))
LABELS = tf.constant(RNG.integers(0, 3, (2, 7, 6)))
IMAGE = tf.constant(RNG.random((2, 7, 6, 3), np.float32) * 255)
REGION = {"region": tf.cast(IMAGE[..., :1] > 99, tf.float32)}
SCRIBBLED = REGION | {"labels": LABELS}
TAGS = tf.constant([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0]])
SIGMAS = {"sigma_xy": 4.0, "sigma_color": 40.0}

LOSSES = {  # loss: target, further tensors, options
    losses.dense_crf_loss: (IMAGE, REGION, SIGMAS | {"scale": 0.5}),
    losses.normalized_cut_loss: (IMAGE, REGION, SIGMAS | {"affinity": "grid8"}),
    losses.kernel_cut_loss: (IMAGE, REGION, SIGMAS),
    losses.constrain_to_boundary_loss: (IMAGE, REGION, {}),
    losses.dense_crf_adm_loss: (IMAGE, SCRIBBLED, {}),
    losses.dense_crf_proposals: (IMAGE, SCRIBBLED, {}),
    losses.partial_crossentropy: (LABELS, {}, {}),
    losses.seeding_loss: (LABELS, {}, {}),
    losses.expansion_loss: (TAGS, {}, {}),
    losses.tag_crossentropy: (TAGS, {}, {}),
}
all_losses = pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)


def traced(loss, shape_of):
    """The loss in a graph in which `shape_of(tensor)` is known of every tensor."""
    target, more, options = LOSSES[loss]
    tensors = (target, PROBS, more)
    signature = tf.nest.map_structure(
        lambda tensor: tf.TensorSpec(shape_of(tensor), tensor.dtype), tensors
    )
    function = tf.function(
        lambda target, probs, more: loss(target, probs, **more, **options),
        input_signature=signature,
        autograph=False,
    )
    return function(*tensors)


def expected(loss):
    target, more, options = LOSSES[loss]
    return loss(target, PROBS, **more, **options)


@all_losses
def test_the_sizes_may_be_unknown(loss):
    result = traced(loss, lambda tensor: [None] * tensor.shape.rank)
    np.testing.assert_allclose(result, expected(loss), rtol=1e-5)


@all_losses
def test_the_ranks_may_be_unknown_or_that_is_said_in_a_sentence(loss):
    if loss is losses.seeding_loss:
        with pytest.raises(ValueError, match="and of known rank"):
            traced(loss, lambda _: None)
    else:
        result = traced(loss, lambda _: None)
        np.testing.assert_allclose(result, expected(loss), rtol=1e-5)
