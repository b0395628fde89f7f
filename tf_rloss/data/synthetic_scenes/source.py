"""The embedded default data: scenes drawn from a seed, with masks and scribbles."""

import functools
import zlib

import numpy as np

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
    """Returns scenes of animals, birds and flowers in landscapes.

    Image i depends only on (seed, split, i, size, camouflage), so that a longer source
    begins with the images of a shorter one, and splits never share an image. Images are
    drawn when first needed and then kept in memory.

    Args:
        split: any name; "train" and "val" by convention.
        num_images: how many.
        size: side of the square images, in pixels; 32 at least.
        seed: another seed gives other images.
        length_ratio: of the scribbles, from 1 to 0 (clicks).
        camouflage: whether landscape and figures bear patches in one another's
            colours, so that borders and colours tell less than they do otherwise.

    Raises:
        ValueError: for a size below 32 or no images.
    """
    if size < 32:
        raise ValueError(f"`size` must be at least 32 px. Received: size={size}")
    if num_images < 1:
        raise ValueError(
            f"`num_images` must be at least 1. Received: num_images={num_images}"
        )

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
