"""Reads scribbles in NIfTI volumes, one image a slice."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tf_rloss.data.annotations import notes
from tf_rloss.data.annotations.documents import find_files
from tf_rloss.data.annotations.geometry import ShapeError
from tf_rloss.data.annotations.inputs import Inputs
from tf_rloss.data.annotations.label_images import LabelImage, count_codes, gather
from tf_rloss.data.annotations.napari import whole_numbers
from tf_rloss.data.annotations.photographs import to_bytes
from tf_rloss.data.annotations.shapes import Annotations
from tf_rloss.data.annotations.values import MOST_PIXELS
from tf_rloss.data.source import DataError

SUFFIXES = (".nii", ".nii.gz")
_ENDINGS = ("scribbles", "scribble", "labels", "label", "lab", "seg", "mask", "scrb")

TURNED = "volumes are not axial: images are slices along their third axis all the same"
OTHER_GRID = "volumes of image and label lie apart by their affines"
NO_VOLUME = "volumes have no image volume of the same name in --images"
WINDOW = "volumes were scaled to 8 bits, from their 0.5th to their 99.5th percentile"
EMPTY_SLICES = "slices have one value only and are left out"


def read(inputs: Inputs) -> Annotations:
    """Reads label volumes; the images are slices of the volumes in `--images`.

    Voxel (i, j, k) is column, row and slice. Slices of a single value are left out.

    Raises:
        DataError: if the package nibabel is missing.
    """
    try:
        import nibabel
    except ImportError as error:
        raise DataError(
            'NIfTI files need the package nibabel: pip install "tf_rloss[nifti]"'
        ) from error
    found: list[LabelImage] = []
    files = find_files(inputs.path, SUFFIXES)
    images = {_find_volume(file, inputs) for file in files}
    for file in files:
        if file in images:
            continue
        with inputs.report.faults(str(file), notes.DAMAGED_FILES):
            found += _slices(file, nibabel, inputs)
    return gather(found, inputs)


def _load(file: Path, nibabel: Any) -> tuple[Any, np.ndarray]:
    """Returns the opened file and its values (X, Y, Z)."""
    try:
        volume = nibabel.load(file)
        shape = volume.shape
        if np.prod(shape, dtype=float) > MOST_PIXELS:
            raise ShapeError(
                f"has the size {shape}; at most 134 million voxels are read"
            )
        array = np.asanyarray(volume.dataobj)
    except ShapeError:
        raise
    except Exception as error:  # nibabel raises errors of many kinds.
        raise ShapeError(f"cannot be read ({error!s:.120})") from error
    while array.ndim > 3 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim == 2:
        array = array[..., np.newaxis]
    if array.ndim != 3 or not array.size:
        raise ShapeError(f"has the size {shape}, where three axes are expected")
    return volume, array


def _slices(file: Path, nibabel: Any, inputs: Inputs) -> list[LabelImage]:
    """Returns the slices of a label volume that have strokes."""
    volume, array = _load(file, nibabel)
    array = whole_numbers(array)
    if not set(nibabel.aff2axcodes(volume.affine)[2:]) & {"S", "I"}:
        inputs.report.add(TURNED, file.name)
    stem = _stem(file)
    image = _image_volume(file, volume, array.shape, nibabel, inputs)
    found, empty = [], 0
    for place in range(array.shape[2]):
        codes = array[:, :, place].T
        counts = count_codes(codes)
        if len(counts) == 1:
            empty += 1
            continue
        photograph = None if image is None else image[:, :, place].T
        name = f"{stem}_{place:03d}"
        decode = partial(np.asarray, codes)
        found.append(LabelImage(name, decode, codes.shape, counts))
        found[-1].photograph = photograph
    if empty:
        inputs.report.add(EMPTY_SLICES, file.name, empty)
    return found


def _image_volume(file, volume, shape, nibabel, inputs) -> np.ndarray | None:
    """Returns the intensities (X, Y, Z) of the image that belongs to labels, uint8."""
    path = _find_volume(file, inputs)
    if path is None:
        inputs.report.add(NO_VOLUME, file.name)
        return None
    image, array = _load(path, nibabel)
    if array.shape != shape:
        raise ShapeError(f"has the size {shape}, its image {path.name} {array.shape}")
    if not np.allclose(image.affine, volume.affine, rtol=1e-3, atol=1e-2):
        inputs.report.add(OTHER_GRID, f"{file.name} and {path.name}")
    inputs.report.add(WINDOW, path.name)
    return to_bytes(array)


def _find_volume(file: Path, inputs: Inputs) -> Path | None:
    """Returns the image volume of a label volume, by its name."""
    if inputs.photographs.single is not None:
        return inputs.photographs.single
    if inputs.photographs.root is None:
        return None
    stem = _stem(file)
    names = [stem]
    for ending in _ENDINGS:
        names += [stem[: -len(ending) - 1]] if stem.endswith(f"_{ending}") else []
    files = find_files(inputs.photographs.root, SUFFIXES)
    others = [other for other in files if other.resolve() != file.resolve()]
    for name in names:
        same = [other for other in others if _stem(other) == name]
        if len(same) == 1:
            return same[0]
    return None


def _stem(file: Path) -> str:
    return file.name.removesuffix(".gz").removesuffix(".nii")
