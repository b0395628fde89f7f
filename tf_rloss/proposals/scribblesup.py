"""ScribbleSup: scribbles spread over an image by a graph cut of its superpixels."""

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
"""δ_c of Lin et al.: distance at which colour histograms are dissimilar."""

DELTA_TEXTURE = 10.0
"""δ_t of Lin et al., for texture histograms."""

SMALLEST_PROBABILITY = 1e-6
"""Bounds -log probability: a network that is sure must not outweigh any number of
neighbours, nor be infinite."""


def scribblesup(
    example: Example, num_classes: int, probs: np.ndarray | None = None
) -> np.ndarray:
    """Makes a full mask from scribbles, and from what a network predicts, if given.

    Superpixels x_i get the labels of least energy, by alpha-expansion:

        E(x) = Σ_i [scr_i(x_i) + net_i(x_i)] + Σ_(i,j) w_ij [x_i ≠ x_j]
        w_ij = exp(-|c_i - c_j|² / δ_c² - |t_i - t_j|² / δ_t²)

    - scr_i is 0 for a class scribbled on superpixel i. Where none is, it is log C for
      each of the C classes that occur in the scribble. It is infinite otherwise.
    - net_i(k) is -log of the mean of `probs[..., k]` over the superpixel.
    - (i, j) are superpixels that touch; c_i and t_i their histograms of colour (25 bins
      for each of red, green, blue) and of gradient (10 bins for each direction).

    The paper does not say what histograms are normalised to. Here those of colour sum
    to 25 and those of gradient to 10; with sums of 1, δ_c = 5 and δ_t = 10 would make
    all w_ij nearly equal. Scribbled pixels keep their label, also where two classes
    share a superpixel.

    Args:
        example: an image uint8 (H, W, 3), RGB, with a scribble uint8 (H, W), ids below
            K, 255 = unlabelled. Nothing else of it is used.
        num_classes: number of classes K.
        probs: float (H, W, K), a network's probabilities; None before there is one.

    Returns:
        uint8 (H, W) of the classes in the scribble; all 255 where nothing is drawn.

    Raises:
        ValueError: for arrays of another shape or type, or an id of K or above.

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
    """Counts the scribbled pixels of each class in each superpixel, int (N, C)."""
    count = int(regions.max()) + 1
    drawn = [np.bincount(regions[scribble == k], minlength=count) for k in classes]
    return np.stack(drawn, axis=1)


def scribble_costs(
    regions: np.ndarray, scribble: np.ndarray, classes: np.ndarray
) -> np.ndarray:
    """Returns scr_i(k), float (N, C), for the C classes that occur in the scribble."""
    scribbled = scribbled_pixels(regions, scribble, classes) > 0
    cost = np.where(scribbled, 0.0, np.inf)
    cost[~scribbled.any(axis=1)] = np.log(len(classes))
    return cost


def network_costs(regions: np.ndarray, probs: np.ndarray) -> np.ndarray:
    """Returns net_i(k), float (N, C), for probabilities (H, W, C)."""
    size = np.bincount(regions.ravel())
    means = [
        np.bincount(regions.ravel(), probs[..., k].ravel().astype(np.float64)) / size
        for k in range(probs.shape[2])
    ]
    return -np.log(np.clip(np.stack(means, axis=1), SMALLEST_PROBABILITY, 1.0))


def dissimilarities(
    image: np.ndarray, regions: np.ndarray, edges: np.ndarray
) -> np.ndarray:
    """Returns -log w_ij, float (M,), for the pairs of superpixels `edges` (M, 2)."""
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
    """Labels each superpixel like the scribbled one to which the path is shortest.

    Expansion starts from here. Superpixels unlike all their neighbours, whose edges
    weigh nothing after rounding, keep this label.

    Args:
        regions: int (H, W), superpixels 0 to N - 1.
        scribble: uint8 (H, W); where several of its classes share a superpixel, that of
            most pixels counts.
        classes: uint8 (C,), those in the scribble.
        edges: int (M, 2), pairs of superpixels that touch.
        distances: float (M,), length of each edge.

    Returns:
        int (N,), indices into `classes`.
    """
    pixels = scribbled_pixels(regions, scribble, classes)
    count = len(pixels)
    # An edge of length 0 would be no edge.
    graph = scipy.sparse.csr_array((distances + 1e-6, edges.T), (count, count))
    _, _, nearest = scipy.sparse.csgraph.dijkstra(
        graph,
        directed=False,
        indices=np.flatnonzero(pixels.any(axis=1)),
        return_predecessors=True,
        min_only=True,
    )
    return np.argmax(pixels, axis=1)[nearest]
