"""Finds the longest path along the skeleton of a region."""

import numpy as np
import scipy.ndimage
import scipy.sparse
import scipy.sparse.csgraph
import skimage.morphology


def longest_path(region: np.ndarray) -> np.ndarray:
    """Finds the longest of the shortest paths between pixels of a region's skeleton.

    The path leads from the pixel that is farthest from the first one to the pixel that
    is farthest from that. On a skeleton without loops no path is longer.

    Args:
        region: bool (H, W), one connected region that does not touch the border.

    Returns:
        int (L, 2), row and column of neighbouring pixels in order; L is at least 1.
    """
    skeleton = skimage.morphology.skeletonize(region)
    if not skeleton.any():
        # A region of a few pixels can have no skeleton.
        depth = scipy.ndimage.distance_transform_edt(region)
        return np.array([np.unravel_index(np.argmax(depth), depth.shape)])
    pixels = np.argwhere(skeleton)
    graph = _neighbour_graph(skeleton)
    start = _farthest(graph, 0)[0]
    end, predecessors = _farthest(graph, start)
    order = [end]
    while order[-1] != start:
        order.append(predecessors[order[-1]])
    return pixels[order]


def _neighbour_graph(skeleton):
    """Returns the graph of 8-neighbours with their distances, numbered by rows."""
    number = np.full(skeleton.shape, -1)
    number[skeleton] = np.arange(np.count_nonzero(skeleton))
    sources, targets, lengths = [], [], []
    for down, right in ((0, 1), (1, -1), (1, 0), (1, 1)):
        # The region has a margin, so no pixel comes in again on the other side.
        other = np.roll(number, (-down, -right), (0, 1))
        linked = (number >= 0) & (other >= 0)
        sources.append(number[linked])
        targets.append(other[linked])
        lengths.append(np.full(len(sources[-1]), np.hypot(down, right)))
    total = int(number.max()) + 1
    return scipy.sparse.coo_array(
        (np.concatenate(lengths), (np.concatenate(sources), np.concatenate(targets))),
        (total, total),
    ).tocsr()


def _farthest(graph, start):
    """Returns the node farthest from `start`, and the tree of shortest paths."""
    distances, predecessors = scipy.sparse.csgraph.dijkstra(
        graph, directed=False, indices=start, return_predecessors=True
    )
    distances[np.isinf(distances)] = -1.0
    return int(np.argmax(distances)), predecessors
