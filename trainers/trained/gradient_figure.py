"""The parts of the paper's Figure 1: a segmentation to start from, and the picture."""

import pathlib
from typing import NamedTuple

import numpy as np
import scipy.ndimage
from PIL import Image

from tf_rloss import evaluation, visualization
from tf_rloss.labels import IGNORE_LABEL, voc_palette

from .. import defaults
from ..errors import UserError
from ..options import Given, build
from .loading import load_trained
from .options import GradientOptions
from .photographs import read_photograph, reduce_to

COLUMNS = ("image", "segmentation", "NC gradient", "CRF gradient", "KC gradient")
SPREAD = 0.06
"""Standard deviation of the blur of a scribble, as a part of the longer side."""
DOUBT = 0.1
"""Constant c of `spread_scribble`, as a share of the largest density."""


class Segmentation(NamedTuple):
    """Probabilities, and names and colours of their classes."""

    probs: np.ndarray
    """float32 (H, W, K)."""
    class_names: tuple[str, ...]
    palette: np.ndarray
    """uint8 (K, 3)."""


def draw_as_given(given: Given) -> None:
    """Draws the figure that the flags ask for.

    Args:
        given: flag -> value, for the flags that the user gave.

    Raises:
        UserError: if a picture cannot be read.
    """
    options = build(GradientOptions, given)
    try:
        photograph = read_photograph(pathlib.Path(options.image))
    except ValueError as error:
        raise UserError(f"--image={options.image}: {error}") from error
    image = reduce_to(photograph, options.max_side)
    scribble = None
    if options.scribble is not None:
        sizes = photograph.shape[:2], image.shape[:2]
        scribble = read_scribble(options.scribble, *sizes)
    segmentation = starting_segmentation(image, options.checkpoint, scribble)
    draw(image, segmentation, options, scribble)
    print(f"Figure: {options.output}")


def automatic_sigma_xy(width: int) -> float:
    """Returns a bandwidth in pixels, as large a part of the width as in the paper."""
    return defaults.SIGMA_XY * width / defaults.CROP_WIDTH


def starting_segmentation(
    image: np.ndarray, checkpoint: str | None, scribble: np.ndarray | None
) -> Segmentation:
    """Returns the output of a network, a spread scribble, or a disc.

    A uniform segmentation would show nothing, because its gradient is the same for
    all classes.

    Args:
        image: uint8 array (H, W, 3).
        checkpoint: path of a network for `load_trained`, or None.
        scribble: labels (H, W), 255 = none, or None.
    """
    size = image.shape[:2]
    if checkpoint is not None:
        trained = load_trained("checkpoint", checkpoint)
        names = trained.class_names or _numbered(trained.num_classes)
        predict = evaluation.make_predict(trained.segmenter, [trained.image_scale])
        probs = predict(image, size)
        return Segmentation(probs, names, trained.palette)
    if scribble is not None:
        probs = spread_scribble(scribble)
        count = probs.shape[-1]
        return Segmentation(probs, _numbered(count), voc_palette(count))
    return Segmentation(central_disc(size), ("background", "object"), voc_palette(2))


def spread_scribble(scribble: np.ndarray) -> np.ndarray:
    """Returns probabilities (H, W, K) that fade from scribbles towards doubt.

    S_k = (G * scribble_k + c) / sum_j (G * scribble_j + c), with a Gaussian G.

    Args:
        scribble: labels (H, W), 255 = none.

    Raises:
        UserError: if fewer than two classes are scribbled.
    """
    labels = np.unique(scribble[scribble != IGNORE_LABEL])
    if len(labels) < 2:
        raise UserError(
            f"--scribble must have at least two classes. Received: {labels.tolist()}"
        )
    sigma = SPREAD * max(scribble.shape)
    density = np.stack(
        [
            scipy.ndimage.gaussian_filter((scribble == label).astype(np.float32), sigma)
            for label in range(labels.max() + 1)
        ],
        axis=-1,
    )
    # Only classes that are scribbled share the doubt.
    doubt = np.zeros(density.shape[-1], np.float32)
    doubt[labels] = DOUBT * density.max()
    density += doubt
    return density / density.sum(axis=-1, keepdims=True)


def central_disc(size: tuple[int, int]) -> np.ndarray:
    """Returns probabilities (H, W, 2) of a blurred disc in the middle."""
    height, width = size
    y, x = np.mgrid[:height, :width].astype(np.float32)
    radius = min(size) / 3
    distance = np.hypot(y - (height - 1) / 2, x - (width - 1) / 2)
    inside = 0.15 + 0.7 / (1 + np.exp((distance - radius) / (radius / 5)))
    return np.stack([1 - inside, inside], axis=-1)


def read_scribble(
    path: str, full_size: tuple[int, int], size: tuple[int, int]
) -> np.ndarray:
    """Reads a scribble PNG and brings it to the size of the reduced photograph.

    Args:
        path: indexed or grey PNG of class ids.
        full_size: height and width of the photograph, which the file must have.
        size: height and width to return, not larger than those.

    Returns:
        uint8 array of labels, 255 = none. A reduced pixel takes a label that occurs in
        it, so that thin scribbles do not vanish.

    Raises:
        UserError: if the file is not a PNG of class ids of the photograph's size.
    """
    try:
        with Image.open(path) as picture:
            if picture.mode not in ("P", "L"):
                raise UserError(
                    f"--scribble={path} must be an indexed or grey PNG of class ids, "
                    f"not a picture of mode {picture.mode}."
                )
            labels = np.array(picture)
    except Image.UnidentifiedImageError as error:
        raise UserError(f"--scribble={path} is not an image.") from error
    if labels.shape != full_size:
        raise UserError(
            f"--scribble={path} must be {full_size[0]} x {full_size[1]} pixels as the "
            f"photograph. Received: {labels.shape[0]} x {labels.shape[1]}"
        )
    reduced = np.full(size, IGNORE_LABEL, np.uint8)
    y, x = np.nonzero(labels != IGNORE_LABEL)
    reduced[y * size[0] // full_size[0], x * size[1] // full_size[1]] = labels[y, x]
    return reduced


def draw(
    image: np.ndarray,
    segmentation: Segmentation,
    options: GradientOptions,
    scribble: np.ndarray | None = None,
) -> None:
    """Writes the figure, a row for each of the classes with the largest share.

    Args:
        image: uint8 array (H, W, 3).
        segmentation: probabilities at the image's size.
        options: path of the picture, kernel, and largest number of rows.
        scribble: labels (H, W) to show on the image, or None.
    """
    probs, names, palette = segmentation
    maps = visualization.gradient_maps(
        image,
        probs,
        sigma_xy=options.sigma_xy or automatic_sigma_xy(image.shape[1]),
        sigma_rgb=options.sigma_rgb,
        gamma=options.gamma,
    )
    shares = probs.mean(axis=(0, 1))
    largest = np.argsort(-shares, kind="stable")[: options.max_classes]
    shown = sorted(label for label in largest if shares[label] > 0)
    if scribble is not None:
        image = _with_scribble(image, scribble, palette)
    # One range for all classes of a loss, so that rows compare.
    ranges = {name: visualization.colour_range(maps[name][..., shown]) for name in maps}
    rows = []
    for label in shown:
        grey = np.rint(255 * np.repeat(probs[..., label, None], 3, axis=-1))
        pictures = [
            visualization.gradient_picture(maps[name][..., label], ranges[name])
            for name in maps
        ]
        rows.append([image, grey.astype(np.uint8), *pictures])
    titles = [f"{names[label]}   share {shares[label]:.1%}" for label in shown]
    path = pathlib.Path(options.output)
    visualization.contact_sheet(rows, path, COLUMNS, row_titles=titles)


def _with_scribble(image, scribble, palette):
    """Returns the image with the scribble, thick enough to be seen in a figure."""
    width = 2 * (max(image.shape) // 200) + 1
    visible = np.where(scribble == IGNORE_LABEL, 0, scribble.astype(np.int32) + 1)
    visible = scipy.ndimage.grey_dilation(visible, size=(width, width))
    labels = np.where(visible == 0, IGNORE_LABEL, visible - 1)
    colours = palette if labels.max() < len(palette) else voc_palette(256)
    return visualization.overlay(image, labels, colours, alpha=1.0)


def _numbered(count: int) -> tuple[str, ...]:
    """Returns names for classes that have none."""
    return tuple(f"class {label}" for label in range(count))
