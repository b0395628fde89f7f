"""Reads data sets of TensorFlow Datasets (TFDS)."""

import dataclasses
import io
import re
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
import tensorflow as tf
from PIL import Image, UnidentifiedImageError

from tf_rloss.data.scribbles.scribble_xml import read_scribble_xml
from tf_rloss.data.scribbles.simulation import (
    with_drawn,
    with_scribbles,
    with_shortened_scribbles,
)
from tf_rloss.data.source import DataError, Example, Source
from tf_rloss.data.tfds.layouts import LAYOUTS, Layout, plain_layout
from tf_rloss.data.tfds.record_files import Records
from tf_rloss.data.tfds.voc2012_files import XML_FOLDER
from tf_rloss.labels import IGNORE_LABEL, voc_palette

_SUFFIX = re.compile(r"\.(jpe?g|png)$", re.IGNORECASE)

PREPARED = "tensorflow_datasets"
"""Name of the folder for the prepared data set, beside the files of VOC."""


def from_tfds(
    name: str,
    split: str,
    *,
    data_dir: str | Path | None = None,
    mask: str | None = None,
    class_names: Sequence[str] | None = None,
    length_ratio: float | None = None,
) -> Source:
    """Returns a source of one split of a TFDS data set with segmentation masks.

    A data set that is not yet prepared is prepared first, and downloaded if TFDS can do
    that. Images stay in the files of TFDS until they are read.

    Args:
        name: TFDS's name of the data set. A configuration or version can follow, as in
            `cityscapes/semantic_segmentation`. `voc2012_scribble`, `oxford_iiit_pet`,
            `scene_parse150` and `cityscapes` are known. Others need `mask` and
            `class_names`.
        split: split as for `tfds.load`, such as "train" or "test[:100]".
        data_dir: folder of the prepared data sets. Default: TFDS's own.
        mask: name of the feature with the masks, whose values are the classes, 255 for
            none.
        class_names: name of each class in the masks.
        length_ratio: share of the scribbles' length to keep, from 1 (all of it) to 0
            (clicks). If the data set has no scribbles, they are simulated from the
            masks. None stands for 1.

    Raises:
        DataError: if TFDS is not installed, it has no such data set or split, the data
            set has no such feature, or an image or mask is damaged.
    """
    tfds = _import_tfds()
    layout = _find_layout(name, mask, class_names)
    if name.split("/")[0] == "voc2012_scribble":
        # Importing the module registers the data set.
        from tf_rloss.data.tfds.voc2012_scribble import (  # noqa: F401
            voc2012_scribble_dataset_builder,
        )
    try:
        builder = tfds.builder(name, data_dir=data_dir and str(data_dir))
    except (tfds.core.DatasetNotFoundError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise DataError(f"TFDS cannot open {name!r}: {reason}") from error
    try:
        builder.download_and_prepare()
    except (AssertionError, OSError) as error:  # TFDS asserts that its files exist.
        raise DataError(f"TFDS cannot prepare {name!r}: {error}") from error
    source = _source(builder, split, layout)
    return _with_length(source, length_ratio)


def voc2012(
    split: str, data_dir: str | Path, *, length_ratio: float | None = None
) -> Source:
    """Returns a source of PASCAL VOC 2012 with the scribbles of ScribbleSup.

    The first call prepares the TFDS data set `voc2012_scribble` from the files, in the
    folder `tensorflow_datasets/` beside them.

    Args:
        split: "train" (10,582 images with scribbles) or "val" (1,449 images without).
        data_dir: the folder with JPEGImages/ and the others in `voc2012_files.LAYOUT`.
        length_ratio: share of the scribbles' length to keep, from 1 (all of it) to 0
            (clicks). XML files are cut along their lines, label maps along the
            skeletons of their strokes. None leaves scribbles as they are.

    Raises:
        DataError: if TFDS is not installed, or files are missing or wrong.
    """
    tfds = _import_tfds()
    from tf_rloss.data.tfds.voc2012_scribble import voc2012_scribble_dataset_builder

    root = Path(data_dir)
    builder = voc2012_scribble_dataset_builder.Builder(data_dir=str(root / PREPARED))
    builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(manual_dir=root)
    )
    source = _source(builder, split, LAYOUTS["voc2012_scribble"])
    if split.split("[")[0] != "train":
        return dataclasses.replace(source, has_scribbles=False)
    if length_ratio is None or not (root / XML_FOLDER).is_dir():
        return _with_length(source, length_ratio)
    return with_drawn(
        source,
        lambda name, _: read_scribble_xml(
            root / XML_FOLDER / f"{name}.xml", length_ratio
        ),
    )


def _import_tfds() -> ModuleType:
    try:
        import tensorflow_datasets
    except ImportError as error:
        raise DataError(
            "TensorFlow Datasets is needed for this data set, and cannot be imported "
            f'({error}). Install it: pip install "tf_rloss[tfds]"'
        ) from error
    return tensorflow_datasets


def _find_layout(name, mask, class_names):
    """Returns the layout of a known data set, or of one with the feature `mask`."""
    known = LAYOUTS.get(name.split("/")[0])
    if (mask is None) != (class_names is None):
        raise DataError(
            "`mask` and `class_names` must be given together or not at all. "
            f"Received: mask={mask!r}, class_names={class_names!r}"
        )
    if mask is not None:
        features = {} if known is None else {"image": known.image, "id": known.id}
        return plain_layout(mask, tuple(class_names), **features)
    if known is None:
        raise DataError(
            f"The masks of {name!r} are not known: give the name of the feature that "
            f"holds them, and the class names. Known: {', '.join(LAYOUTS)}."
        )
    return known


def _with_length(source, length_ratio):
    if not source.has_scribbles:
        ratio = 1.0 if length_ratio is None else length_ratio
        return with_scribbles(source, length_ratio=ratio)
    if length_ratio is None:
        return source
    return with_shortened_scribbles(source, length_ratio)


def _source(builder, split: str, layout: Layout) -> Source:
    """Returns a source of one split of a prepared data set."""
    name = builder.info.name
    try:
        instructions = builder.info.splits[split].file_instructions
    except (KeyError, ValueError, AssertionError) as error:
        raise DataError(
            f"{name!r} must have a split {split!r}. It has: "
            f"{', '.join(builder.info.splits)}"
        ) from error
    parts = [(part.filename, part.skip, part.take) for part in instructions]
    records = Records(builder.info.file_format.value, parts)
    needed = [layout.image, layout.mask, layout.scribble, layout.id]
    needed = [feature for feature in needed if feature is not None]

    def features(index):
        """Returns the encoded features of one example."""
        found = tf.train.Example.FromString(records[index]).features.feature
        for feature in needed:
            if len(found[feature].bytes_list.value) != 1:
                raise DataError(
                    f"{name!r} must have an image {feature!r} in every example. "
                    f"Received: {', '.join(sorted(found))}"
                )
        return {feature: found[feature].bytes_list.value[0] for feature in needed}

    places: dict[str, int] = {}
    sizes = []
    for index in range(len(records)):
        encoded = features(index)
        key = f"{split}-{index:06d}"
        if layout.id is not None:
            key = _SUFFIX.sub("", encoded[layout.id].decode())
        if key in places:
            raise DataError(f"{name!r} has two images {key!r}.")
        places[key] = index
        sizes.append(_open(encoded[layout.image], key).size[::-1])

    def read(key):
        encoded = features(places[key])

        def labels(feature):
            if feature is None:
                return None
            try:
                return layout.find_labels(np.asarray(_open(encoded[feature], key)))
            except ValueError as error:
                raise DataError(f"{name!r}: {feature!r} of {key} {error}.") from error

        image = np.asarray(_open(encoded[layout.image], key).convert("RGB"))
        return Example(image, labels(layout.scribble), labels(layout.mask))

    return Source(
        name=name,
        class_names=layout.class_names,
        palette=voc_palette(IGNORE_LABEL)[: len(layout.class_names)],
        ids=tuple(places),
        size=tuple(np.max(sizes, axis=0).tolist()) if sizes else (0, 0),
        has_scribbles=layout.scribble is not None,
        has_masks=True,
        read=read,
    )


def _open(encoded, key):
    try:
        return Image.open(io.BytesIO(encoded))
    except (UnidentifiedImageError, OSError) as error:
        raise DataError(f"The image or a label map of {key} is damaged.") from error
