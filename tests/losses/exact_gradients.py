"""Gradients of the dense energies by their definition, differentiated by TensorFlow."""

import numpy as np
import tensorflow as tf


def cosine(a, b):
    return np.vdot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b))


@tf.recompute_grad  # or the tape would keep a gigabyte of affinities
def exact_rows(S, rows, features):
    """W S for some rows of the dense W, to be differentiated by TensorFlow."""
    distance = (
        tf.reduce_sum(rows**2, axis=1, keepdims=True)
        + tf.reduce_sum(features**2, axis=1)
        - 2 * tf.matmul(rows, features, transpose_b=True)
    )
    return tf.exp(-0.5 * distance) @ S


def exact_gradients(logits, features):
    """Gradients of eq. 4 over 1' W 1, and of eq. 5, by the dense definition."""
    # Twice, side by side, so that W is computed once for both energies.
    logits = tf.concat([logits, logits], axis=0)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        S, T = tf.reshape(tf.nn.softmax(logits), (2, -1, logits.shape[-1]))
        both = tf.concat([S, T, tf.ones_like(S[:, :1])], axis=1)
        rows = tf.split(features, 16)
        product = tf.concat([exact_rows(both, part, features) for part in rows], axis=0)
        WS, WT, d = tf.split(product, [S.shape[1], T.shape[1], 1], axis=1)
        crf = tf.reduce_sum(S * (d - WS)) / tf.stop_gradient(tf.reduce_sum(d))
        cut = tf.reduce_sum(T * (d - WT), axis=0)  # T_k' W (1 - T_k)
        ncut = tf.reduce_sum(cut / tf.reduce_sum(d * T, axis=0))
    return tf.split(tape.gradient([crf, ncut], logits), 2)
