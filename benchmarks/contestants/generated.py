"""The dense CRF loss on generated images and volumes, forward and backward."""

import functools
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from benchmarks.contestants.lattice import Core
from benchmarks.contestants.losses import forward_and_backward
from benchmarks.harness.contestant import Contestant
from tf_rloss import losses, ops

_BLOBS = 12
_NOISE = 4.0  # of intensities from 0 to 255


@functools.lru_cache(maxsize=2)
def picture(size: tuple[int, ...], channels: int) -> np.ndarray:
    """Returns round blobs of several intensities, with shading and noise.

    Args:
        size: (H, W), or (D, H, W).
        channels: number of channels C.

    Returns:
        float32 (1, H, W, C), or (1, D, H, W, C).
    """
    random = np.random.default_rng(0)
    places = np.ogrid[tuple(slice(0, 1, 1j * length) for length in size)]
    image = np.full((*size, channels), 60, np.float32)
    for _ in range(_BLOBS):
        centre = random.uniform(0, 1, len(size))
        away = sum((x - c) ** 2 for x, c in zip(places, centre, strict=True))
        image[away < random.uniform(0.1, 0.3) ** 2] = random.uniform(0, 225, channels)
    image += (30 * places[0])[..., np.newaxis].astype(np.float32)
    image += _NOISE * random.standard_normal(image.shape, np.float32)
    return image[np.newaxis]


def make(
    size: Sequence[int],
    channels: int,
    num_classes: int,
    bandwidths: dict[str, float],
    scale: float = 1.0,
) -> Contestant:
    """Makes the dense CRF loss.

    Args:
        size: as for `picture`.
        channels: as for `picture`.
        num_classes: K.
        bandwidths: arguments of the loss.
        scale: argument of the loss.
    """
    image = picture(tuple(size), channels)
    probs = np.random.default_rng(1).random((1, *size, num_classes), np.float32)
    probs /= probs.sum(axis=-1, keepdims=True)
    loss = functools.partial(losses.dense_crf_loss, **bandwidths, scale=scale)
    return forward_and_backward(loss, image, probs)


def count_vertices(
    library: str,
    size: Sequence[int],
    channels: int,
    bandwidths: dict[str, float],
    threads: int,
) -> dict[str, int]:
    """Returns `vertices`, the number of lattice points of a picture.

    Args:
        library: of `lattice.build`.
        size: as for `picture`.
        channels: as for `picture`.
        bandwidths: arguments of `ops.bilateral_features`.
        threads: number of threads.
    """
    image = tf.constant(picture(tuple(size), channels))
    features = ops.bilateral_features(image, **bandwidths).numpy()
    ones = np.ones((*features.shape[:2], 1), np.float32)
    core = Core(library, threads)
    core.filter(ones, features, np.ones_like(ones))
    return {"vertices": core.vertices}
