"""Export of a trained segmenter as a SavedModel with its model card."""

import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import keras

from tf_rloss import export

from ..crf_options import CRFOptions
from ..errors import UserError
from ..options import Given, build
from .crf_settings import crf_settings, make_crf
from .loading import Trained, load_trained
from .options import ExportOptions


def export_as_given(given: Given) -> None:
    """Exports the segmenter that the flags name, and prints the path.

    Args:
        given: flag -> value, for the flags that the user gave, and `output_dir`.
    """
    options, output_dir = build(ExportOptions, given), given["output_dir"]
    trained = load_trained("checkpoint", options.checkpoint, options.modules)
    if not isinstance(trained.segmenter, keras.Model):
        raise UserError(f"--checkpoint={options.checkpoint} is exported already.")
    size = trained.config.get("data", {}).get("training largest height and width")
    side = round(max(size) / trained.image_scale) if size else None
    crf = crf_settings(CRFOptions.of(given), side)
    needed = export_trained(
        trained,
        output_dir,
        options.class_names,
        crf,
        options.custom_ops,
        options.format,
    )
    print(f"{', '.join(options.format)} and model card: {output_dir}")
    if needed:
        print(
            f"It holds {' and '.join(needed)}: load the library of tf_rloss before "
            "it, with tf_rloss.ops.load_library(); model_card.md tells more."
        )


def export_trained(
    trained: Trained,
    output_dir: str,
    class_names: Sequence[str] | None = None,
    crf: Mapping[str, Any] | None = None,
    custom_ops: bool = False,
    formats: Sequence[str] = ("savedmodel",),
) -> list[str]:
    """Writes a trained segmenter as a SavedModel with its model card.

    Args:
        trained: the segmenter of a run or a `.keras` file, from `load_trained`.
        output_dir: folder to write; only an earlier export there is replaced.
        class_names: K names. Default: those of the run.
        crf: settings of a dense CRF to put behind it, from `crf_settings`.
        custom_ops: whether ops of this package may be inside; `crf` implies it.
        formats: formats to write, as `export.save` knows them.

    Returns:
        Names of the ops inside that stock TensorFlow lacks.

    Raises:
        UserError: if names are missing or do not fit, `output_dir` is in use, or there
            are ops inside that were not allowed.
    """
    names = class_names or trained.class_names
    if names is None:
        raise UserError(
            f"{trained.path} lies in no run's folder, so its {trained.num_classes} "
            "classes have no names. Give --class_names."
        )
    if len(set(names)) != trained.num_classes or len(names) != trained.num_classes:
        raise UserError(
            f"--class_names must be {trained.num_classes} distinct names. "
            f"Received: {', '.join(names)}"
        )
    try:
        export.save(
            trained.segmenter,
            output_dir,
            class_names=names,
            palette=trained.palette,
            card=make_card(trained, crf),
            refine=None if crf is None else make_crf(crf),
            image_scale=trained.image_scale,
            custom_ops=custom_ops or crf is not None,
            formats=formats,
            image_form=trained.image_form.described,
        )
    except ImportError as error:
        raise UserError(f"--format: {error}") from error
    except FileExistsError as error:
        raise UserError(f"--output_dir: {error}") from error
    except export.UnservableError as error:
        raise UserError(
            f"{trained.path} holds {', '.join(error.ops)}, which stock TensorFlow "
            "lacks. --custom_ops exports it for programs that load the library of "
            "tf_rloss."
        ) from error
    except ValueError as error:
        raise UserError(f"{trained.path} cannot be exported: {error}") from error
    card = pathlib.Path(output_dir, "model_card.json").read_text(encoding="utf-8")
    return json.loads(card).get("custom_ops", [])


def make_card(trained: Trained, crf: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Returns what is known about a segmenter as sections of a model card."""
    card = {
        "title": f"Segmentation model {trained.segmenter.name}",
        "description": "Labels every pixel of an image.",
        "checkpoint": str(trained.path),
    }
    for name, section in trained.config.items():
        # Colours are among the assets; nobody wants to read them here.
        card[name] = {k: v for k, v in section.items() if not k.endswith("palette")}
    if trained.scores:
        card["metrics"] = trained.scores
    if crf is not None:
        card["description"] += " A dense CRF inside refines the network's output."
        card["post-processing"] = crf
        if "metrics" in card:
            card["description"] += " The metrics are those of the network alone."
    return card
