"""Compares the filter with the exact sum: symmetry, errors, and the loss' gradient.

    python benchmarks/accuracy.py

The photographs have 128 x 128 pixels, the bandwidths are 100 px per 513 px of width and
15 intensities, and the values are a soft segmentation into K clusters of colour. It
takes about a minute.
"""

import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import numpy as np

from benchmarks.harness import photographs
from tf_rloss import ops

SIZE = 128  # pixels
SIGMA_XY = 100 * SIZE / 513
SIGMA_COLOR = 15.0


def soft_clusters(image: np.ndarray, num_classes: int) -> np.ndarray:
    """Returns the softmax of the distances to `num_classes` colours of the image.

    Args:
        image: (H, W, 3).
        num_classes: K.

    Returns:
        float32 (H * W, K).
    """
    pixels = image.reshape(-1, 3)
    centres = pixels[np.random.default_rng(0).choice(len(pixels), num_classes)]
    distances = np.linalg.norm(pixels[:, None] - centres, axis=-1)
    scores = np.exp(-distances / 20)
    return (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)


def relative(difference: np.ndarray, expected: np.ndarray) -> float:
    """Returns the norm of a difference over the norm of what was expected."""
    return np.linalg.norm(difference) / np.linalg.norm(expected)


def at_logits(gradient: np.ndarray, probs: np.ndarray) -> np.ndarray:
    """Takes a gradient in the probabilities (N, K) through the softmax."""
    return probs * (gradient - np.sum(gradient * probs, axis=1, keepdims=True))


def measure(name: str, num_classes: int) -> dict[str, float]:
    """Measures the filter on one photograph.

    Args:
        name: of the photograph.
        num_classes: K.

    Returns:
        The figures that are printed, by their names.
    """
    image = photographs.load(name, SIZE, SIZE).astype(np.float32)
    features = ops.bilateral_features(
        image[None], sigma_xy=SIGMA_XY, sigma_color=SIGMA_COLOR
    )
    probs = soft_clusters(image, num_classes)
    values = np.concatenate([probs, np.ones_like(probs[:, :1])], axis=1)

    def filtered(**order):
        return ops.permutohedral_filter(values[None], features, **order)[0].numpy()

    forward, reverse, symmetric = (
        filtered(),
        filtered(transpose=True),
        filtered(symmetric=True),
    )
    exact = ops.reference.exact_filter(values, features[0])

    def normalised_error(w):
        expected = exact[:, :-1] / exact[:, -1:]
        return relative(w[:, :-1] / w[:, -1:] - expected, expected)

    other = np.random.default_rng(1).random(values.shape, np.float32)
    back = ops.permutohedral_filter(other[None], features, symmetric=True)[0].numpy()
    residual = abs(np.vdot(other, symmetric) - np.vdot(back, values))

    ours = at_logits(-2 * symmetric[:, :-1], probs)
    dense = at_logits(-2 * exact[:, :-1], probs)
    cosine = np.vdot(ours, dense) / (np.linalg.norm(ours) * np.linalg.norm(dense))
    return {
        "asymmetry, one order": relative(forward - reverse, forward),
        "asymmetry, symmetric": residual / np.vdot(other, symmetric),
        "error, one order": normalised_error(forward),
        "error, symmetric": normalised_error(symmetric),
        "S'WS / exact": np.vdot(probs, symmetric[:, :-1])
        / np.vdot(probs, exact[:, :-1]),
        "gradient cosine": cosine,
    }


def main():
    for num_classes in (2, 21):
        for name in photographs.NAMES[:3]:
            print(f"{name}, K = {num_classes}")
            for quantity, value in measure(name, num_classes).items():
                figures = f"{value:.2g}" if value < 0.5 else f"{value:.4f}"
                print(f"    {quantity:22s} {figures}")


if __name__ == "__main__":
    main()
