"""Scribbles of the photographs that are labelled: what is drawn is known."""

import pathlib
from collections.abc import Mapping, Sequence

import numpy as np

from tf_rloss.data.folders.classes_file import read_classes
from tf_rloss.data.image_files import FileError
from tf_rloss.data.label_maps import read_label_map
from tf_rloss.labels import IGNORE_LABEL

from ..datasets.folders import existing_folder
from ..errors import UserError
from .loading import Trained


def find_scribbles(
    folder: str | None, photographs: Sequence[pathlib.Path], trained: Trained
) -> Mapping[str, pathlib.Path]:
    """Returns the scribbles by the names, without ending, of their photographs.

    Args:
        folder: value of --scribbles; None: there are no scribbles.
        photographs: files of the photographs, some of which may have no scribble.
        trained: the segmenter.

    Raises:
        UserError: if the folder is missing or has no scribble of any photograph, or a
            classes.txt beside it names other classes than the segmenter has.
        DataError: if that classes.txt is wrong.
    """
    if folder is None:
        return {}
    root = existing_folder("scribbles", folder)
    names, known = read_classes(root.resolve().parent).names, trained.class_names
    if names and known and names != known:
        raise UserError(
            f"--scribbles={folder} has the classes {', '.join(names)} by its "
            f"classes.txt, and the network has {', '.join(known)}."
        )
    paths = {path.stem: path for path in photographs}
    found = {p.stem: p for p in root.glob("[!.]*.png") if p.stem in paths}
    if not found:
        raise UserError(
            f"--scribbles={folder} has no PNG file with the name of an image, such as "
            f"{photographs[0].stem}.png."
        )
    return found


def read_scribble(
    path: pathlib.Path | None, image: np.ndarray, trained: Trained
) -> np.ndarray | None:
    """Reads the scribble of a photograph.

    Args:
        path: the scribble; None: there is none.
        image: the upright photograph (H, W, C).
        trained: the segmenter, whose classes are drawn.

    Returns:
        uint8 array (H, W), 255 where nothing is drawn; None without a scribble.

    Raises:
        ValueError: if the file is no scribble of this photograph.
    """
    if path is None:
        return None
    classes = read_classes(path.resolve().parents[1])
    known = len(classes.names)
    palette = classes.palette[:known] if known else trained.palette
    try:
        labels = read_label_map(path, palette, ignore_colors=classes.unlabelled)
    except FileError as error:
        raise ValueError(f"its scribble {error}") from error
    height, width = image.shape[:2]
    if labels.shape != (height, width):
        raise ValueError(
            f"its scribble is {labels.shape[1]} x {labels.shape[0]} px, the image "
            f"{width} x {height} px"
        )
    wrong = labels[(labels >= trained.num_classes) & (labels != IGNORE_LABEL)]
    if wrong.size:
        raise ValueError(
            f"its scribble has label {wrong[0]}, the network {trained.num_classes} "
            "classes"
        )
    return labels
