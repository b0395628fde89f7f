"""Scribbles simulated from masks: the central part of every region's skeleton."""

import dataclasses
import zlib

import numpy as np
import scipy.ndimage
import scipy.sparse
import scipy.sparse.csgraph
import skimage.morphology

from tf_rloss.data.source import DataError, Source
from tf_rloss.labels import IGNORE_LABEL

CLICK_DIAMETER = 6
"""Diameter in pixels of the disc that stands for a click (length ratio 0)."""

_EIGHT_NEIGHBOURS = np.ones((3, 3), bool)


def simulate_scribble(
    mask: np.ndarray,
    *,
    length_ratio: float = 1.0,
    width: int = 3,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draws one scribble in every connected region of a mask.

    A scribble follows the longest path of the region's skeleton. People stop short of
    the ends, so only a central share of it (0.5 to 0.8, drawn from `rng`) is drawn
    at ratio 1, and `length_ratio` of that about the middle, by arc length. A scribble
    never leaves its region, so that it never covers another class.

    Args:
        mask: uint8 (H, W), 255 = ignored, where nothing is drawn.
        length_ratio: from 1 (the whole scribble) to 0 (a click: a small disc).
        width: of the stroke, in pixels.
        rng: draws one number per region, whatever the ratio.

    Returns:
        uint8 (H, W): the class on the scribbles, 255 elsewhere.

    Raises:
        ValueError: for a ratio outside [0, 1], a width below 1, or a mask that is
            not a 2-D array of integers.
    """
    if not 0.0 <= length_ratio <= 1.0:
        raise ValueError(
            "`length_ratio` must be from 0 (a click) to 1 (the whole scribble). "
            f"Received: length_ratio={length_ratio}"
        )
    if width < 1:
        raise ValueError(f"`width` must be at least 1 px. Received: width={width}")
    if mask.ndim != 2 or mask.dtype != np.uint8:
        raise ValueError(
            "`mask` must be a uint8 array (H, W). "
            f"Received: {mask.dtype} array of shape {mask.shape}"
        )
    scribble = np.full(mask.shape, IGNORE_LABEL, np.uint8)
    for label in np.flatnonzero(np.bincount(mask.ravel(), minlength=256)):
        if label == IGNORE_LABEL:
            continue
        regions, _ = scipy.ndimage.label(mask == label, _EIGHT_NEIGHBOURS)
        for number, box in enumerate(scipy.ndimage.find_objects(regions), 1):
            share = rng.uniform(0.5, 0.8) * length_ratio
            region = np.pad(regions[box] == number, 1)
            path = _central_part(longest_path(region), share)
            diameter = CLICK_DIAMETER if length_ratio == 0.0 else width
            stroke = _stroke(path, diameter, region)[1:-1, 1:-1]
            scribble[box][stroke] = label
    return scribble


def longest_path(region: np.ndarray) -> np.ndarray:
    """Finds the longest shortest path along the skeleton of a region.

    Two sweeps: the pixel farthest from any one, then the pixel farthest from that;
    exact on a skeleton without loops.

    Args:
        region: bool (H, W), one connected region that does not touch the border.

    Returns:
        int array (L, 2) of (row, column), neighbours in order; L >= 1.
    """
    skeleton = skimage.morphology.skeletonize(region)
    if not skeleton.any():
        # Thinning can delete a region of a few pixels altogether.
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
    """Returns the graph of 8-neighbours, numbered in raster order, with distances."""
    number = np.full(skeleton.shape, -1)
    number[skeleton] = np.arange(np.count_nonzero(skeleton))
    sources, targets, lengths = [], [], []
    for down, right in ((0, 1), (1, -1), (1, 0), (1, 1)):
        # The region has a margin, so that shifting never wraps a pixel around.
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


def _central_part(path, share):
    """Keeps the `share` of a path about its middle, by arc length."""
    steps = np.hypot(*np.diff(path, axis=0).T)
    arc = np.concatenate([[0.0], np.cumsum(steps)])
    middle = arc[-1] / 2.0
    kept = np.abs(arc - middle) <= share * middle
    kept[np.argmin(np.abs(arc - middle))] = True
    return path[kept]


def _stroke(path, diameter, region):
    """Draws the path with a round pen of that diameter, inside the region."""
    reach = int(np.ceil(diameter / 2.0))
    down, right = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    # An odd pen is centred on a pixel: 1 px is that pixel, 3 px its 3 x 3 block.
    inside = np.hypot(down, right) <= diameter / 2.0
    rows = path[:, :1] + down[inside]
    columns = path[:, 1:] + right[inside]
    stroke = np.zeros(region.shape, bool)
    valid = (rows >= 0) & (rows < region.shape[0])
    valid &= (columns >= 0) & (columns < region.shape[1])
    stroke[rows[valid], columns[valid]] = True
    return stroke & region


def with_scribbles(
    source: Source, *, length_ratio: float = 1.0, width: int = 3, seed: int = 0
) -> Source:
    """Returns the source with scribbles simulated from its masks.

    A scribble depends on the mask, the image's id and the seed only; it is drawn when
    first needed and then kept (compressed) in memory.

    Args:
        source: a source with masks; its own scribbles, if any, are not used.
        length_ratio: from 1 (the whole scribble) to 0 (a click).
        width: of the stroke in pixels, at the resolution of the masks.
        seed: of the share of each path that is drawn.

    Raises:
        DataError: if the source has no masks.
    """
    if not source.has_masks:
        raise DataError(
            f"Scribbles are simulated from masks, and source {source.name!r} has none."
        )
    drawn: dict[str, bytes] = {}

    def read(name):
        example = source.read(name)
        shape = example.mask.shape
        if name not in drawn:
            rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
            scribble = simulate_scribble(
                example.mask, length_ratio=length_ratio, width=width, rng=rng
            )
            drawn[name] = zlib.compress(scribble.tobytes(), 1)
        scribble = np.frombuffer(zlib.decompress(drawn[name]), np.uint8)
        return example._replace(scribble=scribble.reshape(shape))

    return dataclasses.replace(source, has_scribbles=True, read=read)
