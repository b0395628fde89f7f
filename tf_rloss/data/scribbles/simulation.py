"""Simulates scribbles from masks, and shortens drawn ones, along their skeletons."""

import dataclasses
import zlib
from collections.abc import Callable
from typing import Literal

import numpy as np
import scipy.ndimage

from tf_rloss.checks import check_integer
from tf_rloss.data.scribbles.skeleton import longest_path
from tf_rloss.data.scribbles.strokes import (
    CLICK_DIAMETER,
    check_length_ratio,
    middle_pixels,
    path_pixels,
)
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
    """Draws a scribble in every connected region of a mask.

    A scribble follows the longest path of the region's skeleton. People stop short of
    the ends, so a whole scribble is the middle part of the path, by arc length; its
    share is random, from 0.5 to 0.8. A scribble never leaves its region, so it never
    covers another class.

    Args:
        mask: uint8 (H, W), 255 = ignored; nothing is drawn there.
        length_ratio: share of the scribble's length to draw, around its middle, from 1
            (all of it) to 0 (a click, which is a disc of 6 pixels).
        width: width of the stroke, in pixels; at least 1.
        rng: source of randomness, which gives one number to each region.

    Returns:
        uint8 (H, W), the class on the scribbles and 255 elsewhere.

    Raises:
        ValueError: if `length_ratio` or `width` is out of range, or `mask` is not a
            uint8 array (H, W).
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
    """Shortens the strokes of a scribble that is known by its pixels only.

    Each connected stroke of a class is taken to follow the longest path of its
    skeleton. The middle part of that path, by arc length, is drawn again inside the
    stroke. A loop of a stroke that crosses itself is not part of the path, and is lost.
    A click can reach beyond its stroke, but does not cover other classes.

    Args:
        scribble: uint8 (H, W), 255 = unlabelled.
        length_ratio: share of each stroke's length to keep, from 1 (nothing changes) to
            0 (a click, which is a disc of 6 pixels).
        width: width of the strokes, in pixels; at least 1.

    Returns:
        uint8 (H, W), 255 = unlabelled.

    Raises:
        ValueError: if `length_ratio` or `width` is out of range.
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
    """Yields label, bounding box and the pixels in that box of each region."""
    for label in np.flatnonzero(np.bincount(labels.ravel(), minlength=256)):
        if label == IGNORE_LABEL:
            continue
        regions, _ = scipy.ndimage.label(labels == label, _EIGHT_NEIGHBOURS)
        for number, box in enumerate(scipy.ndimage.find_objects(regions), 1):
            yield label, box, regions[box] == number


def _check_pen(length_ratio, width):
    check_length_ratio(length_ratio)
    check_integer("width", width, 1, note="pixels")


def with_scribbles(
    source: Source, *, length_ratio: float = 1.0, width: int = 3, seed: int = 0
) -> Source:
    """Returns a source of the same images with scribbles simulated from their masks.

    A scribble depends on the mask, the image's id and the seed. It is drawn when it is
    first read, and kept compressed in memory.

    Args:
        source: a source with masks. Its own scribbles, if any, are replaced.
        length_ratio: share of the scribbles' length to draw, from 1 (all of it) to 0 (a
            click); see `simulate_scribble`.
        width: width of the strokes, in pixels of the masks.
        seed: another seed gives scribbles of other lengths.

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
    """Returns a source of the same images with their own scribbles shortened.

    Args:
        source: a source with scribbles.
        length_ratio: share of each stroke's length to keep, from 1 (all of it) to 0 (a
            click); see `shorten_scribble`.
        width: width of the strokes, in pixels.

    Raises:
        DataError: if the source has no scribbles.
        ValueError: if `length_ratio` or `width` is out of range.
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


def with_drawn(
    source: Source,
    draw: Callable[[str, Example], np.ndarray],
    kind: Literal["scribble", "mask"] = "scribble",
) -> Source:
    """Returns a source of the same images with label maps that a function draws.

    A label map is drawn when it is first read, and kept compressed in memory.

    Args:
        source: the images; their own label maps of that kind, if any, are replaced.
        draw: returns the label map, uint8 (H, W), for an id and its example.
        kind: "scribble" or "mask".
    """
    drawn: dict[str, tuple[tuple[int, int], bytes]] = {}

    def read(name):
        example = source.read(name)
        if name not in drawn:
            labels = draw(name, example)
            drawn[name] = labels.shape, zlib.compress(labels.tobytes(), 1)
        shape, packed = drawn[name]
        labels = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(shape)
        return example._replace(**{kind: labels})

    return dataclasses.replace(source, read=read, **{f"has_{kind}s": True})
