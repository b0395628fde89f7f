"""Writes a segmenter as models that run without this package."""

import os
import pathlib
import shutil
from collections.abc import Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf

from tf_rloss import ops
from tf_rloss.export.labels_asset import (
    CLASS_NAMES_FILE,
    PALETTE_FILE,
    check_labels,
    write_labels,
)
from tf_rloss.export.model_card import complete_card, write_card
from tf_rloss.export.other_formats import (
    FILES,
    SAVED_MODEL,
    check_formats,
    write_formats,
)
from tf_rloss.export.serving import AtScale, Serving, check_ops, make_signatures
from tf_rloss.files import folder_beside
from tf_rloss.labels import voc_palette

_OWN_FILES = frozenset(
    {
        "assets",
        "fingerprint.pb",
        *FILES.values(),
        "model_card.json",
        "model_card.md",
        "saved_model.pb",
        "variables",
    }
)


def save(
    segmenter: keras.Model,
    path: str | os.PathLike,
    *,
    class_names: Sequence[str] | None = None,
    palette: np.ndarray | None = None,
    card: Mapping[str, object] | None = None,
    refine: keras.layers.Layer | None = None,
    image_scale: float = 1.0,
    custom_ops: bool = False,
    formats: Sequence[str] = (SAVED_MODEL,),
) -> pathlib.Path:
    """Writes a model of stock ops, with names, colours and a model card.

    A SavedModel has three signatures, each of which returns `probabilities` float32
    (B, H, W, K) and `labels` uint8 (B, H, W): `serving_default` takes `image` float32
    (B, H, W, 3) in [0, 255] of any size, `uint8` takes the same as bytes, and `encoded`
    takes the files (B,) of images of one size as strings. The folder appears complete
    or not at all.

    Args:
        segmenter: model from images (B, H, W, 3) in [0, 255] to probabilities
            (B, H, W, K), its preprocessing inside.
        path: folder to write. An earlier export there is replaced.
        class_names: K names; None: "class 0" and so on.
        palette: uint8 array (K, 3), RGB; None: the colours of PASCAL VOC.
        card: sections of the model card, such as `flags`, `data` and `metrics`; None:
            none but those that every card has.
        refine: layer that follows the segmenter, such as `layers.DenseCRF`: it is
            called with probabilities and image and returns probabilities. A CRF needs
            `custom_ops`.
        image_scale: factor by which the segmenter's images were resized when it
            learned, above 0. The model resizes images by it before the segmenter, and
            answers at their own size; a CRF works at that size.
        custom_ops: whether ops of this package may be in the graph. Their library then
            has to be loaded before the model (by `ops.load_library` or
            `tf.load_library`), which a server of stock TensorFlow cannot do. The
            section `custom_ops` of the model card names them.
        formats: some of "savedmodel", "onnx" (model.onnx) and "litert" (model.tflite).
            `other_formats.write_formats` describes the last two.

    Returns:
        The path of the folder.

    Raises:
        ValueError: if the segmenter has another shape, names or colours do not match
            it, `image_scale` is out of range, or a format is unknown or knows no ops of
            this package.
        ImportError: if a package that writes a format is not installed.
        UnservableError: if its graph has an op that a server would lack and that
            `custom_ops` does not allow; a ValueError.
        FileExistsError: if `path` is a file, or a folder with other things in it.
    """
    path = pathlib.Path(path)
    check_formats(formats, custom_ops)
    check_target(path)
    K = _num_classes(segmenter)
    if class_names is None:
        class_names = [f"class {k}" for k in range(K)]
    palette = voc_palette(K) if palette is None else palette
    card = card or {}
    check_labels(class_names, palette, K)
    if not 0.0 < image_scale < float("inf"):
        raise ValueError(
            f"`image_scale` must be a number above 0. Received: {image_scale}"
        )
    image = keras.Input((None, None, 3), name="image")
    probs = segmenter(image)
    if image_scale != 1.0:
        probs = AtScale(segmenter, image_scale)(image)
        card = {**card, "image_scale": image_scale}
    if refine is not None:
        probs = refine(probs, image)
    if image_scale != 1.0 or refine is not None:
        segmenter = keras.Model(image, probs, name=segmenter.name)
    with ops.for_any_device():
        signatures = make_signatures(segmenter)
    needed = check_ops(signatures, custom_ops)
    with folder_beside(path) as temporary:
        sources = temporary / "labels"
        sources.mkdir()
        write_labels(class_names, palette, sources)
        folder = temporary / "saved_model"
        if SAVED_MODEL in formats:
            serving = Serving(segmenter)
            # An asset is copied into the SavedModel with the object that holds it.
            serving.class_names = tf.saved_model.Asset(str(sources / CLASS_NAMES_FILE))
            serving.palette = tf.saved_model.Asset(str(sources / PALETTE_FILE))
            tf.saved_model.save(serving, str(folder), signatures=signatures)
        else:
            shutil.copytree(sources, folder / "assets")
        write_formats(segmenter, formats, folder)
        card = {**card, "formats": list(formats)}
        if needed:
            card |= {"custom_ops": needed}
        write_card(complete_card(card, class_names, segmenter.count_params()), folder)
        _move(folder, path, temporary / "replaced")
    return path


def _move(folder: pathlib.Path, path: pathlib.Path, replaced: pathlib.Path) -> None:
    """Puts `folder` at `path`. What is there goes to `replaced`, or back on failure."""
    if not path.exists():
        folder.rename(path)
        return
    path.rename(replaced)
    try:
        folder.rename(path)
    except OSError:
        replaced.rename(path)
        raise


def check_target(path: str | os.PathLike) -> None:
    """Raises FileExistsError where an export would destroy something else.

    Args:
        path: folder that is to be written. It may be missing, empty, or an
            earlier export.
    """
    path = pathlib.Path(path)
    if not path.exists():
        return
    if not path.is_dir():
        raise FileExistsError(f"`{path}` is a file. Choose a new folder.")
    names = {entry.name for entry in path.iterdir()}
    foreign = sorted(names - _OWN_FILES)
    if foreign or (names and not names & {"saved_model.pb", "model_card.json"}):
        shown = ", ".join(foreign[:3]) or ", ".join(sorted(names)[:3])
        raise FileExistsError(
            f"`{path}` is not an earlier export (it holds {shown}), so it is not "
            "overwritten. Choose a new folder."
        )


def _num_classes(segmenter: keras.Model) -> int:
    """Returns K after checking that the model maps images to K probabilities."""
    shape = getattr(segmenter, "output_shape", None)
    single = isinstance(shape, tuple) and not any(
        isinstance(part, tuple) for part in shape
    )
    if not single or len(shape) != 4 or shape[-1] is None:
        raise ValueError(
            "`segmenter` must have one output (B, H, W, K); export the segmenter, "
            f"not the model with targets attached. Received: output shape {shape}"
        )
    if segmenter.input_shape[1:] != (None, None, 3):
        raise ValueError(
            "`segmenter` must take images of any size, (B, None, None, 3). "
            f"Received: input shape {segmenter.input_shape}"
        )
    return shape[-1]
