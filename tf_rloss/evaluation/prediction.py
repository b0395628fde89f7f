"""Makes a segmenter a function that predicts one image at any size."""

import functools
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

Predict = Callable[[np.ndarray, tuple[int, int]], np.ndarray]
"""`predict(image (H, W, C), (out_height, out_width)) -> probs (oh, ow, K)`."""


def make_predict(
    segmenter: Callable[..., tf.Tensor],
    scales: Sequence[float] = (1.0,),
    flip: bool = False,
    refine: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] | None = None,
) -> Predict:
    """Returns a function that predicts probabilities at a size of choice.

    Probabilities are resized bilinearly, then averaged over scales and flips.
    The paper's protocol is one scale and no flip, the default.

    Args:
        segmenter: maps float32 images (1, H, W, C) in [0, 255] to probabilities
            (1, H, W, K); called with `training=False`.
        scales: factors on the size of the image, each above 0.
        flip: whether the mirrored image is predicted as well.
        refine: last step, such as a `layers.DenseCRF`: maps probabilities (1, oh, ow,
            K) and the float32 image (1, oh, ow, C), resized bilinearly where that is
            not its size, to probabilities (1, oh, ow, K). None leaves it out.

    Returns:
        `predict(image, out_size)`: image is an array (H, W, C) in [0, 255], with C = 3
        for RGB; out_size is (height, width); the result is float32 (height, width, K).
        One graph serves all sizes.

    Raises:
        ValueError: if `scales` is empty or holds a scale that is not above 0.
    """
    scales = tuple(float(scale) for scale in scales)
    if not scales or not all(0.0 < scale < float("inf") for scale in scales):
        raise ValueError(
            f"`scales` must be numbers above 0, at least one. Received: {scales}"
        )

    def predict_batch(image: tf.Tensor, out_size: tf.Tensor) -> tf.Tensor:
        views = []
        for scale in scales:
            scaled = _rescale(image, scale)
            views.append(segmenter(scaled, training=False))
            if flip:
                mirrored = segmenter(tf.reverse(scaled, axis=[2]), training=False)
                views.append(tf.reverse(mirrored, axis=[2]))
        resized = [resize_probs(view, out_size) for view in views]
        probs = tf.add_n(resized) / len(resized)
        if refine is None:
            return probs
        return refine(probs, tf.image.resize(image, out_size, method="bilinear"))

    @functools.cache
    def graph(channels: int) -> Callable:
        image = tf.TensorSpec((1, None, None, channels), tf.float32)
        size = tf.TensorSpec((2,), tf.int32)
        return tf.function(predict_batch, input_signature=[image, size])

    def predict(image: np.ndarray, out_size: tuple[int, int]) -> np.ndarray:
        if np.ndim(image) != 3 or 0 in np.shape(image):
            raise ValueError(
                "`image` must be (H, W, C), not empty. "
                f"Received: shape {np.shape(image)}"
            )
        batch = tf.cast(tf.convert_to_tensor(image)[tf.newaxis], tf.float32)
        size = tf.constant(tuple(int(length) for length in out_size), tf.int32)
        return graph(batch.shape[-1])(batch, size)[0].numpy()

    return predict


def resize_probs(probs: tf.Tensor, out_size: tf.Tensor) -> tf.Tensor:
    """Resizes probabilities (B, H, W, K) bilinearly, in float32.

    Bilinear weights are never negative and sum to one, so the result is again a
    distribution at every pixel. Equal sizes give the same values back.

    Args:
        probs: float tensor (B, H, W, K).
        out_size: int32 tensor (2,), height and width.

    Returns:
        float32 tensor (B, height, width, K).
    """
    return tf.image.resize(tf.cast(probs, tf.float32), out_size, method="bilinear")


def _rescale(image: tf.Tensor, scale: float) -> tf.Tensor:
    """Resizes (1, H, W, C) by a factor, to at least one pixel."""
    if scale == 1.0:
        return image
    size = tf.cast(tf.shape(image)[1:3], tf.float32) * scale
    size = tf.maximum(tf.cast(tf.round(size), tf.int32), 1)
    return tf.image.resize(image, size, method="bilinear", antialias=scale < 1.0)
