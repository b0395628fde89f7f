"""The built-in data set: synthetic scenes with masks and scribbles."""

import functools
import zlib

import numpy as np

from tf_rloss.checks import check_integer
from tf_rloss.data.scribbles.simulation import with_scribbles
from tf_rloss.data.source import Example, Source
from tf_rloss.data.synthetic_scenes.scene import KINDS, scene
from tf_rloss.labels import voc_palette

CLASS_NAMES = ("background", *(kind.name for kind in KINDS))


def synthetic(
    split: str,
    *,
    num_images: int,
    size: int = 96,
    seed: int = 0,
    length_ratio: float = 1.0,
    camouflage: bool = False,
) -> Source:
    """Returns a source of scenes with animals, birds and flowers in landscapes.

    Image i depends on (seed, split, i, size, camouflage) only. A longer source begins
    with the images of a shorter one, and two splits never share an image. Images are
    drawn when they are first read, and kept in memory.

    Args:
        split: any name, such as "train" or "val".
        num_images: number of images, at least 1.
        size: side of the square images, in pixels; at least 32.
        seed: another seed gives other images.
        length_ratio: share of the scribbles' length to draw, from 1 (all of it) to 0
            (clicks).
        camouflage: whether landscape and figures have patches in each other's colours,
            so that colours say less about the classes.

    Raises:
        ValueError: if `size`, `num_images` or `length_ratio` is out of range.
    """
    check_integer("size", size, 32, note="pixels")
    check_integer("num_images", num_images, 1)

    @functools.cache
    def read(name):
        number = int(name.rsplit("-", 1)[1])
        rng = np.random.default_rng([seed, zlib.crc32(split.encode()), number])
        image, mask = scene(rng, size, camouflage)
        return Example(image, None, mask)

    source = Source(
        name="synthetic, camouflaged" if camouflage else "synthetic",
        class_names=CLASS_NAMES,
        palette=voc_palette(len(CLASS_NAMES)),
        ids=tuple(f"{split}-{number:05d}" for number in range(num_images)),
        size=(size, size),
        has_scribbles=False,
        has_masks=True,
        read=read,
    )
    return with_scribbles(source, length_ratio=length_ratio, seed=seed)
