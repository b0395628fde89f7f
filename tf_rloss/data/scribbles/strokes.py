"""Cuts strokes to their middle part, and finds the pixels that a round pen covers."""

import numpy as np

from tf_rloss.checks import check_fraction

CLICK_DIAMETER = 6
"""Diameter in pixels of the disc that is drawn for a click."""

_MOST_AT_ONCE = 1 << 20
"""Pixels of the box around a line that is drawn in one piece."""


def check_length_ratio(length_ratio: float) -> None:
    """Raises ValueError unless a share of the length of scribbles is from 0 to 1."""
    note = "0: a click, 1: the whole scribble"
    check_fraction("length_ratio", length_ratio, zero=True, note=note)


def middle_part(points: np.ndarray, ratio: float) -> np.ndarray:
    """Cuts a polyline to the part around the middle of its arc length.

    Args:
        points: float (L, 2), the corners in order; L is at least 1.
        ratio: length of the part divided by that of the whole, 0 to 1; 0 leaves the
            middle point.

    Returns:
        float (M, 2), the corners of the part; its ends are interpolated.
    """
    points = np.asarray(points, float)
    arc = _arc_lengths(points)
    middle = arc[-1] / 2.0
    ends = middle - ratio * middle, middle + ratio * middle
    # Corners at the ends would occur twice.
    inside = points[(arc > ends[0]) & (arc < ends[1])]
    # Of corners in the same place the last counts: `interp` needs growing numbers.
    last = np.append(np.diff(arc) > 0.0, True)
    first_end, last_end = np.stack(
        [np.interp(ends, arc[last], axis[last]) for axis in points.T], axis=-1
    )
    if ends[0] == ends[1]:
        return first_end[None]
    return np.concatenate([first_end[None], inside, last_end[None]])


def middle_pixels(path: np.ndarray, ratio: float) -> np.ndarray:
    """Keeps the pixels of a path around the middle of its arc length.

    Args:
        path: int (L, 2), neighbouring pixels in order; L is at least 1.
        ratio: length of the part divided by that of the whole, 0 to 1; at least one
            pixel is left.

    Returns:
        int (M, 2), the pixels that are left.
    """
    arc = _arc_lengths(path)
    middle = arc[-1] / 2.0
    kept = np.abs(arc - middle) <= ratio * middle
    kept[np.argmin(np.abs(arc - middle))] = True
    return path[kept]


def _arc_lengths(points):
    """Returns the length of a line from its start to each of its (L, 2) points."""
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])


def path_pixels(
    path: np.ndarray, diameter: float, shape: tuple[int, int]
) -> np.ndarray:
    """Finds the pixels that a round pen covers when it is put on every pixel of a path.

    For neighbouring pixels this is the same as `line_pixels`, but faster.

    Args:
        path: int (L, 2), row and column of the pixels.
        diameter: diameter of the pen, in pixels.
        shape: (height, width) of the picture.

    Returns:
        bool (height, width), true for the covered pixels.
    """
    reach = int(np.ceil(diameter / 2.0))
    down, right = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    # A pen of 1 px covers its own pixel, one of 3 px the 3 x 3 block.
    inside = np.hypot(down, right) <= diameter / 2.0
    rows = path[:, :1] + down[inside]
    columns = path[:, 1:] + right[inside]
    valid = (rows >= 0) & (rows < shape[0]) & (columns >= 0) & (columns < shape[1])
    covered = np.zeros(shape, bool)
    covered[rows[valid], columns[valid]] = True
    return covered


def line_pixels(
    points: np.ndarray, diameter: float, shape: tuple[int, int]
) -> np.ndarray:
    """Finds the pixels that a round pen covers when it is drawn along a polyline.

    A pixel is covered if its centre lies within half a diameter of the line. A pen of 3
    along a row of pixels covers three rows.

    Args:
        points: (L, 2), row and column of the corners; the centre of the first pixel is
            (0, 0). A single point gives a disc. Points can lie outside the picture.
        diameter: diameter of the pen, in pixels.
        shape: (height, width) of the picture.

    Returns:
        bool (height, width), true for the covered pixels.
    """
    points = np.asarray(points, float)
    radius = diameter / 2.0
    covered = np.zeros(shape, bool)
    ends = points[1:] if len(points) > 1 else points
    pending = list(zip(points[: len(ends)], ends, strict=True))
    while pending:
        start, end = pending.pop()
        low = np.ceil(np.minimum(start, end) - radius)
        high = np.floor(np.maximum(start, end) + radius) + 1
        (top, left), (bottom, right) = (
            np.clip(corner, 0, shape).astype(int) for corner in (low, high)
        )
        is_long = np.hypot(*(end - start)) > diameter
        if is_long and (bottom - top) * (right - left) > _MOST_AT_ONCE:
            # Two halves need less memory.
            middle = (start + end) / 2
            pending += [(start, middle), (middle, end)]
            continue
        pixels = np.stack(np.mgrid[top:bottom, left:right], axis=-1) - start
        along = end - start
        # The nearest point of the segment, as a share of its length.
        share = pixels @ along / max(along @ along, np.finfo(float).tiny)
        offset = pixels - np.clip(share, 0.0, 1.0)[..., None] * along
        near = np.hypot(offset[..., 0], offset[..., 1]) <= radius
        covered[top:bottom, left:right] |= near
    return covered
