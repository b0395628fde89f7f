"""ScribbleSup: spreads scribbles over an image by a graph cut of its superpixels."""

import numpy as np
import scipy.sparse
import scipy.sparse.csgraph

from tf_rloss.data import Example
from tf_rloss.labels import IGNORE_LABEL
from tf_rloss.proposals.graph_cut import alpha_expansion, to_integers
from tf_rloss.proposals.scribbled_example import check_scribbled, drawn_classes
from tf_rloss.proposals.superpixels import (
    COLOUR_BINS,
    TEXTURE_BINS,
    adjacent_pairs,
    colour_histograms,
    superpixels,
    texture_histograms,
)

DELTA_COLOUR = 5.0
"""δ_c of Lin et al., the scale of distances between colour histograms."""

DELTA_TEXTURE = 10.0
"""δ_t of Lin et al., the scale of distances between texture histograms."""

SMALLEST_PROBABILITY = 1e-6
"""Least probability of a class, which bounds -log, so that a network that is sure
cannot outweigh all neighbours."""


def scribblesup(
    example: Example, num_classes: int, probs: np.ndarray | None = None
) -> np.ndarray:
    """Makes a full mask from a scribble and, if given, a network's prediction.

    Superpixels get the labels x_i that alpha-expansion finds for the energy

        E(x) = Σ_i [scr_i(x_i) + net_i(x_i)] + Σ_(i,j) w_ij [x_i ≠ x_j]
        w_ij = exp(-|c_i - c_j|² / δ_c² - |t_i - t_j|² / δ_t²)

    - If superpixel i is scribbled, scr_i is 0 for the classes on it and infinite for
      others. If it is not, scr_i is log C for each of the C classes in the scribble.
    - net_i(k) is -log of the mean of `probs[..., k]` over superpixel i.
    - (i, j) are superpixels that touch. c_i is the colour histogram, of 25 bins for
      each of red, green and blue. t_i is the texture histogram, of 10 bins for each
      direction of the gradient.

    The paper does not say how histograms are normalised. Here c_i sums to 25 and t_i to
    10: with sums of 1, δ_c = 5 and δ_t = 10 would make all w_ij nearly equal. Scribbled
    pixels keep their labels, even if a superpixel has several.

    Args:
        example: an image uint8 (H, W, 3), RGB, with a scribble uint8 (H, W), ids below
            K, 255 = unlabelled. Nothing else of it is used.
        num_classes: number of classes K.
        probs: float (H, W, K), probabilities that a network predicts, or None.

    Returns:
        uint8 (H, W), the mask, with the classes in the scribble. It is 255 everywhere
        if there are none.

    Raises:
        ValueError: if an array has another shape or type, or an id is out of range.

    Reference: Lin, Dai, Jia, He, Sun: ScribbleSup: Scribble-Supervised Convolutional
    Networks for Semantic Segmentation. CVPR 2016.
    """
    check_scribbled(example, num_classes)
    image, scribble = example.image, example.scribble
    shape = (*scribble.shape, num_classes)
    if probs is not None and probs.shape != shape:
        raise ValueError(
            f"`probs` must have the shape (H, W, K) = {shape}. "
            f"Received: shape {probs.shape}"
        )
    classes = drawn_classes(scribble)
    if not len(classes):
        return np.full_like(scribble, IGNORE_LABEL)
    regions = superpixels(image)
    unary = scribble_costs(regions, scribble, classes)
    if probs is not None:
        unary += network_costs(regions, probs[..., classes])
    edges = adjacent_pairs(regions)
    distances = dissimilarities(image, regions, edges)
    start = spread(regions, scribble, classes, edges, distances)
    unary, weights = to_integers(unary, np.exp(-distances))
    labels = classes[alpha_expansion(start, unary, edges, weights)]
    return np.where(scribble == IGNORE_LABEL, labels[regions], scribble)


def scribbled_pixels(
    regions: np.ndarray, scribble: np.ndarray, classes: np.ndarray
) -> np.ndarray:
    """Counts the pixels of each superpixel that are scribbled with each class.

    Args:
        regions: int (H, W), superpixels 0 to N - 1.
        scribble: uint8 (H, W), 255 = unlabelled.
        classes: uint8 (C,), the classes in the scribble.

    Returns:
        int (N, C).
    """
    count = int(regions.max()) + 1
    drawn = [np.bincount(regions[scribble == k], minlength=count) for k in classes]
    return np.stack(drawn, axis=1)


def scribble_costs(
    regions: np.ndarray, scribble: np.ndarray, classes: np.ndarray
) -> np.ndarray:
    """Returns scr_i(k), float (N, C); the arguments are those of `scribbled_pixels`."""
    scribbled = scribbled_pixels(regions, scribble, classes) > 0
    cost = np.where(scribbled, 0.0, np.inf)
    cost[~scribbled.any(axis=1)] = np.log(len(classes))
    return cost


def network_costs(regions: np.ndarray, probs: np.ndarray) -> np.ndarray:
    """Returns net_i(k), float (N, C).

    Args:
        regions: int (H, W), superpixels 0 to N - 1.
        probs: float (H, W, C), probabilities of the classes in the scribble.
    """
    size = np.bincount(regions.ravel())
    means = [
        np.bincount(regions.ravel(), probs[..., k].ravel().astype(np.float64)) / size
        for k in range(probs.shape[2])
    ]
    return -np.log(np.clip(np.stack(means, axis=1), SMALLEST_PROBABILITY, 1.0))


def dissimilarities(
    image: np.ndarray, regions: np.ndarray, edges: np.ndarray
) -> np.ndarray:
    """Returns -log w_ij, float (M,), for pairs of superpixels.

    Args:
        image: uint8 (H, W, 3), RGB.
        regions: int (H, W), superpixels 0 to N - 1.
        edges: int (M, 2), the pairs.
    """
    total = np.zeros(len(edges))
    for histograms, bins, delta in (
        (colour_histograms(image, regions), COLOUR_BINS, DELTA_COLOUR),
        (texture_histograms(image, regions), TEXTURE_BINS, DELTA_TEXTURE),
    ):
        scaled = histograms * (bins / delta)
        difference = scaled[edges[:, 0]] - scaled[edges[:, 1]]
        total += (difference**2).sum(axis=1)
    return total


def spread(
    regions: np.ndarray,
    scribble: np.ndarray,
    classes: np.ndarray,
    edges: np.ndarray,
    distances: np.ndarray,
) -> np.ndarray:
    """Gives each superpixel the label of the scribbled one on the shortest path.

    Alpha-expansion starts from these labels. A superpixel that differs so much from all
    its neighbours that its weights are rounded to 0 keeps its label.

    Args:
        regions: int (H, W), superpixels 0 to N - 1.
        scribble: uint8 (H, W), 255 = unlabelled. If a superpixel has several classes,
            the one with the most pixels counts.
        classes: uint8 (C,), the classes in the scribble.
        edges: int (M, 2), pairs of superpixels that touch.
        distances: float (M,), length of each edge.

    Returns:
        int (N,), indices into `classes`.
    """
    pixels = scribbled_pixels(regions, scribble, classes)
    count = len(pixels)
    # SciPy takes an edge of length 0 for no edge.
    graph = scipy.sparse.csr_array((distances + 1e-6, edges.T), (count, count))
    _, _, nearest = scipy.sparse.csgraph.dijkstra(
        graph,
        directed=False,
        indices=np.flatnonzero(pixels.any(axis=1)),
        return_predecessors=True,
        min_only=True,
    )
    return np.argmax(pixels, axis=1)[nearest]
