"""Errors that a filter's errors cause in the dense CRF loss and in its gradient."""

import dataclasses

import numpy as np
from scipy import ndimage


def exact_rows(
    values: np.ndarray, features: np.ndarray, rows: np.ndarray
) -> np.ndarray:
    """Computes rows of the exact filter W V, W_pq = exp(-|f_p - f_q|^2 / 2).

    Args:
        values: V, float32 (N, C).
        features: f, (N, D).
        rows: int (R,), the points p to compute.

    Returns:
        float64 (R, C), with the rounding of float32 sums over 1024 points.
    """
    columns_at_once = 1024  # stays in the cache
    features = features - features.mean(axis=0, dtype=np.float64)
    squares = np.sum(features**2, axis=1) / 2
    total = np.zeros((len(rows), values.shape[1]))
    for begin in range(0, len(features), columns_at_once):
        block = slice(begin, begin + columns_at_once)
        exponents = features[rows] @ features[block].T
        exponents -= squares[rows, None] + squares[block]
        affinity = np.exp(np.minimum(exponents, 0).astype(np.float32))
        total += affinity @ values[block]
    return total


def segmentations(image: np.ndarray, num_classes: int) -> list[np.ndarray]:
    """Makes up three predictions: soft, confident, and nearly a label map.

    The logits are similarities to colours of the image plus smooth noise that is
    independent of it.

    Args:
        image: (H, W, 3) in [0, 255].
        num_classes: K.

    Returns:
        Three arrays of probabilities (H * W, K): softmax of the logits, softmax of four
        times the logits, and 0.95 for the likeliest class with the rest spread evenly.
    """
    random = np.random.default_rng(0)
    pixels = image.reshape(-1, 3)
    colours = pixels[random.choice(len(pixels), num_classes)]
    distances = np.linalg.norm(pixels[:, None] - colours, axis=-1)
    noise = random.standard_normal((*image.shape[:2], num_classes))
    smooth = ndimage.gaussian_filter(noise, (image.shape[0] / 12,) * 2, axes=(0, 1))
    blobs = smooth.reshape(-1, num_classes) / smooth.std()
    logits = 1.5 * blobs - distances / 20
    likeliest = np.eye(num_classes)[logits.argmax(axis=1)]
    labels = 0.95 * likeliest + 0.05 / num_classes
    return [_softmax(logits), _softmax(4 * logits), labels]


def _softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


@dataclasses.dataclass
class Filtered:
    """Some rows of a filter, and what the dense CRF loss makes of them."""

    probs: np.ndarray  # S (R, K)
    filtered: np.ndarray  # W S (R, K)
    degrees: np.ndarray  # W 1 (R, 1)

    def loss(self) -> float:
        """Returns sum_k S_k' W (1 - S_k) / 1' W 1."""
        return 1 - np.sum(self.probs * self.filtered) / self.degrees.sum()

    def gradient(self) -> np.ndarray:
        """Returns the gradient -2 W S at the logits, up to a factor."""
        mean = np.sum(self.filtered * self.probs, axis=1, keepdims=True)
        return -2 * self.probs * (self.filtered - mean)


def loss_errors(
    maps: list[np.ndarray], exact: np.ndarray, filtered: np.ndarray
) -> np.ndarray:
    """Compares the loss and its gradient with the exact ones, averaged over maps.

    Args:
        maps: probabilities S_1, S_2, ..., each (R, K).
        exact: rows of the exact W [S_1, S_2, ..., 1], (R, C).
        filtered: the same rows of a lattice; a common factor does not matter.

    Returns:
        [relative error of the loss, 1 - cosine of the gradients].
    """
    errors = []
    first = 0
    for probs in maps:
        channels = slice(first, first + probs.shape[1])
        first = channels.stop
        ours = Filtered(probs, filtered[:, channels], filtered[:, -1:])
        true = Filtered(probs, exact[:, channels], exact[:, -1:])
        cosine = _cosine(ours.gradient(), true.gradient())
        errors.append([abs(ours.loss() / true.loss() - 1), 1 - cosine])
    return np.mean(errors, axis=0)


def _cosine(first, second):
    return np.vdot(first, second) / (np.linalg.norm(first) * np.linalg.norm(second))
