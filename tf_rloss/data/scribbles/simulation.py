"""Scribbles simulated from masks, and drawn ones shortened, along skeletons."""

import dataclasses
import zlib
from collections.abc import Callable

import numpy as np
import scipy.ndimage

from tf_rloss.data.scribbles.skeleton import longest_path
from tf_rloss.data.scribbles.strokes import CLICK_DIAMETER, middle_pixels, path_pixels
from tf_rloss.data.source import DataError, Example, Source
from tf_rloss.labels import IGNORE_LABEL

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
    _check_pen(length_ratio, width)
    if mask.ndim != 2 or mask.dtype != np.uint8:
        raise ValueError(
            "`mask` must be a uint8 array (H, W). "
            f"Received: {mask.dtype} array of shape {mask.shape}"
        )
    scribble = np.full(mask.shape, IGNORE_LABEL, np.uint8)
    for label, box, region in _regions(mask):
        share = rng.uniform(0.5, 0.8) * length_ratio
        path = middle_pixels(longest_path(np.pad(region, 1)) - 1, share)
        diameter = CLICK_DIAMETER if length_ratio == 0.0 else width
        scribble[box][path_pixels(path, diameter, region.shape) & region] = label
    return scribble


def shorten_scribble(
    scribble: np.ndarray, length_ratio: float, *, width: int = 3
) -> np.ndarray:
    """Shortens drawn scribbles, of which only the pixels are known.

    Each connected stroke of a class is taken to follow the longest path of its
    skeleton. The part of that about its middle, by arc length, is drawn again inside
    the stroke; at ratio 0 a disc for a click, which leaves strokes of other classes
    as they are. Where a stroke crosses itself its longest path leaves loops out.

    Args:
        scribble: uint8 (H, W), 255 = unlabelled.
        length_ratio: from 1 (nothing changes) to 0 (a click per stroke).
        width: of the strokes, in pixels.

    Returns:
        uint8 (H, W).

    Raises:
        ValueError: for a ratio outside [0, 1] or a width below 1.
    """
    _check_pen(length_ratio, width)
    if length_ratio == 1.0:
        return scribble
    shortened = np.full(scribble.shape, IGNORE_LABEL, np.uint8)
    for label, box, region in _regions(scribble):
        path = middle_pixels(longest_path(np.pad(region, 1)) - 1, length_ratio)
        if length_ratio == 0.0:
            path = path + np.array([box[0].start, box[1].start])
            click = path_pixels(path, CLICK_DIAMETER, scribble.shape)
            shortened[click & np.isin(scribble, (label, IGNORE_LABEL))] = label
        else:
            shortened[box][path_pixels(path, width, region.shape) & region] = label
    return shortened


def _regions(labels):
    """Yields the label, the box and the pixels in it of every connected region."""
    for label in np.flatnonzero(np.bincount(labels.ravel(), minlength=256)):
        if label == IGNORE_LABEL:
            continue
        regions, _ = scipy.ndimage.label(labels == label, _EIGHT_NEIGHBOURS)
        for number, box in enumerate(scipy.ndimage.find_objects(regions), 1):
            yield label, box, regions[box] == number


def _check_pen(length_ratio, width):
    if not 0.0 <= length_ratio <= 1.0:
        raise ValueError(
            "`length_ratio` must be from 0 (a click) to 1 (the whole scribble). "
            f"Received: length_ratio={length_ratio}"
        )
    if width < 1:
        raise ValueError(f"`width` must be at least 1 px. Received: width={width}")


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

    def draw(name, example):
        rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
        return simulate_scribble(
            example.mask, length_ratio=length_ratio, width=width, rng=rng
        )

    return with_drawn(source, draw)


def with_shortened_scribbles(
    source: Source, length_ratio: float, *, width: int = 3
) -> Source:
    """Returns the source with its own scribbles shortened.

    Args:
        source: a source with scribbles.
        length_ratio: from 1 (as they are) to 0 (a click), see `shorten_scribble`.
        width: of the strokes in pixels.

    Raises:
        DataError: if the source has no scribbles.
    """
    if not source.has_scribbles:
        raise DataError(f"Source {source.name!r} has no scribbles to be shortened.")
    _check_pen(length_ratio, width)
    if length_ratio == 1.0:
        return source

    def draw(name, example):
        del name
        return shorten_scribble(example.scribble, length_ratio, width=width)

    return with_drawn(source, draw)


def with_drawn(source: Source, draw: Callable[[str, Example], np.ndarray]) -> Source:
    """Returns the source with scribbles from a function of the id and the example.

    A scribble is drawn when first needed and then kept (compressed) in memory.
    """
    drawn: dict[str, tuple[tuple[int, int], bytes]] = {}

    def read(name):
        example = source.read(name)
        if name not in drawn:
            scribble = draw(name, example)
            drawn[name] = scribble.shape, zlib.compress(scribble.tobytes(), 1)
        shape, packed = drawn[name]
        scribble = np.frombuffer(zlib.decompress(packed), np.uint8)
        return example._replace(scribble=scribble.reshape(shape))

    return dataclasses.replace(source, has_scribbles=True, read=read)
