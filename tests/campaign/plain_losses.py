"""The losses by their formulas, in NumPy, on the affinity of the plain lattice."""

import numpy as np

from tests.campaign.op_cases import plain_features
from tests.losses.plain_energies import grid_affinity
from tf_rloss.ops import reference

TINY = 1e-30


def affinity_of(image: np.ndarray, affinity: str, sigmas: dict, equalized: bool):
    """Returns W (N, N) of one image (H, W, C) or volume (D, H, W, C)."""
    if affinity == "gaussian":
        (features,) = plain_features(image[None], **sigmas)
        return reference.lattice_filter(
            np.eye(len(features)), features, symmetric=True, equalized=equalized
        )
    colours = image.astype(np.float64)
    return grid_affinity(colours, **sigmas, diagonals=affinity in ("grid8", "grid26"))


def crf(W: np.ndarray, S: np.ndarray, normalization: str, relaxation: str) -> float:
    """Eq. 4, or the right side of eq. 3, for S (N, K)."""
    d = W.sum(1)
    within = sum(s @ W @ s for s in S.T)
    if relaxation == "bilinear":
        energy = sum(d @ s for s in S.T) - within
    else:
        energy = 2 * (d @ (S**2).sum(1) - within)
    if normalization == "none":
        return energy
    return energy / W.sum() if W.sum() else 0.0


def normalized_cut(W: np.ndarray, S: np.ndarray, min_share: float) -> float:
    """Eq. 5 over the classes with a share of the image."""
    d, total = W.sum(1), W.sum()
    if total == 0:
        return 0.0
    terms = [
        1 - (s @ W @ s) / (d @ s) if d @ s / total >= max(min_share, 1e-15) else 0.0
        for s in S.T
    ]
    return sum(terms)


def log_likelihood(labels: np.ndarray, probs: np.ndarray, ignore: int) -> tuple:
    """Returns -log S at the labelled pixels of an image, and where they are."""
    known = labels != ignore
    chosen = np.take_along_axis(probs, np.where(known, labels, 0)[..., None], -1)
    return np.where(known, -np.log(chosen[..., 0] + TINY), 0.0), known


def partial_crossentropy(
    labels: np.ndarray, probs: np.ndarray, *, ignore_class: int, stride: int
) -> np.ndarray:
    """The mean over the labelled pixels of each image."""
    labels, probs = labels[:, ::stride, ::stride], probs[:, ::stride, ::stride]
    values, known = log_likelihood(labels, probs.astype(float), ignore_class)
    count = known.sum((1, 2))
    return np.where(count, values.sum((1, 2)) / np.maximum(count, 1), 0.0)


def seeding(
    labels: np.ndarray,
    probs: np.ndarray,
    *,
    ignore_class: int,
    stride: int,
    floor: float,
) -> np.ndarray:
    """SEC's seeding loss over all cues."""
    probs = (probs.astype(float) + floor) / (1 + probs.shape[-1] * floor)
    return partial_crossentropy(labels, probs, ignore_class=ignore_class, stride=stride)


def tag_crossentropy(tags: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """The mean cross-entropy of the foreground's scores."""
    z = scores.astype(float).mean((1, 2))[:, 1:]
    terms = np.maximum(z, 0) - z * tags[:, 1:] + np.log1p(np.exp(-np.abs(z)))
    return terms.mean(1)
