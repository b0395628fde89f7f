"""Writes a folder of three small examples, for tests to read or to spoil."""

import numpy as np
from PIL import Image

from tf_rloss.labels import voc_palette

SIZE = (12, 16)


def mask(label=1, size=SIZE):
    """Returns a mask with a box of `label` on background, under a row of 255."""
    labels = np.zeros(size, np.uint8)
    labels[2:8, 3:12] = label
    labels[0] = 255
    return labels


def photograph(number=0, size=SIZE):
    """Returns an image of noise, another one for each number."""
    rng = np.random.default_rng(number)
    return rng.integers(0, 256, (*size, 3), np.uint8)


def save_indexed(labels, path, palette=None):
    """Writes an indexed PNG, in the VOC palette by default."""
    height, width = labels.shape
    picture = Image.frombytes("P", (width, height), labels.tobytes())
    palette = voc_palette(256) if palette is None else palette
    picture.putpalette(palette.tobytes())
    picture.save(path)


def write_folder(root):
    """Writes images in PNG and JPEG with indexed labels and grey scribbles."""
    for kind in ("images", "scribbles", "labels"):
        (root / kind).mkdir(parents=True)
    scribble = np.where(np.arange(SIZE[1]) % 4 == 0, mask(2), 255).astype(np.uint8)
    for number, name in enumerate(("a.png", "b.jpg", "c.JPEG")):
        Image.fromarray(photograph(number)).save(root / "images" / name)
        save_indexed(mask(2), root / "labels" / f"{name[0]}.png")
        Image.fromarray(scribble).save(root / "scribbles" / f"{name[0]}.png")
