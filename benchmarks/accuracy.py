"""How exact the filter is: symmetry, error and gradients against the dense sum.

    python benchmarks/accuracy.py

On photographs of 128 x 128 pixels, sigma_xy = 100 px per 513 px of width, sigma_rgb
15, a soft segmentation into K clusters of colour. Takes about a minute.
"""

import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import numpy as np
import skimage

from tf_rloss import ops

SIZE = 128
SIGMA_XY = 100 * SIZE / 513
SIGMA_RGB = 15.0


def load(name):
    """A photograph that ships with scikit-image, (SIZE, SIZE, 3) float32."""
    photograph = getattr(skimage.data, name)()[..., :3]
    return skimage.transform.resize(
        photograph, (SIZE, SIZE), anti_aliasing=True, preserve_range=True
    ).astype(np.float32)


def soft_clusters(image, num_classes):
    """Softmax of the distances to `num_classes` colours of the image, (N, K)."""
    pixels = image.reshape(-1, 3)
    centres = pixels[np.random.default_rng(0).choice(len(pixels), num_classes)]
    distances = np.linalg.norm(pixels[:, None] - centres, axis=-1)
    scores = np.exp(-distances / 20)
    return (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)


def relative(difference, expected):
    return np.linalg.norm(difference) / np.linalg.norm(expected)


def at_logits(gradient, probs):
    """Takes a gradient in the probabilities through the softmax."""
    return probs * (gradient - np.sum(gradient * probs, axis=1, keepdims=True))


def measure(name, num_classes):
    image = load(name)
    features = ops.bilateral_features(image[None], SIGMA_XY, SIGMA_RGB)
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
        for name in ("astronaut", "coffee", "chelsea"):
            print(f"{name}, K = {num_classes}")
            for quantity, value in measure(name, num_classes).items():
                print(
                    f"    {quantity:22s} {value:.2g}"
                    if value < 0.5
                    else f"    {quantity:22s} {value:.4f}"
                )


if __name__ == "__main__":
    main()
