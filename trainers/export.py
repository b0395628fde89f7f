"""Exports a trained segmenter as a SavedModel that needs TensorFlow alone.

    python -m trainers.export --checkpoint=runs/synthetic --output_dir=runs/exported

Preprocessing, class names and colours are inside; model_card.md beside it says how
the model was made and how to call it. Signatures: `serving_default` (float images of
any size), `uint8`, and `encoded` (PNG or JPEG files).

With --crf=NAME a dense CRF that refines the predictions is inside, too. It needs the
op library of this package wherever the model is loaded; --custom_ops allows the same
for a network that has been trained with a CRF.
"""

import pathlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from absl import flags

from . import common_flags
from .crf_settings import define_crf, make_crf, settings_from_flags
from .errors import UserError

if TYPE_CHECKING:
    from .trained import Trained

FLAGS = flags.FlagValues()
flags.DEFINE_string(
    "checkpoint",
    None,
    "What to export: the folder of a run (its last.keras is meant) or a .keras file.",
    required=True,
    flag_values=FLAGS,
)
common_flags.define_output(FLAGS, "runs/exported")
flags.DEFINE_list(
    "class_names",
    None,
    "Names of the classes, separated by commas. Default: those of the run.",
    flag_values=FLAGS,
)
define_crf(FLAGS)
flags.DEFINE_bool(
    "custom_ops",
    False,
    "Whether the model may hold the ops of this package, whose library has to be "
    "loaded before it. --crf implies it.",
    flag_values=FLAGS,
)


def main(argv: Sequence[str]) -> None:
    """Exports as the flags say."""
    del argv
    # Imported late, so that --help and a wrong flag need not wait for TensorFlow.
    import keras

    from .trained import load_trained

    trained = load_trained("checkpoint", FLAGS.checkpoint)
    if not isinstance(trained.segmenter, keras.Model):
        raise UserError(f"--checkpoint={FLAGS.checkpoint} is exported already.")
    size = trained.config.get("data", {}).get("training largest height and width")
    crf = settings_from_flags(FLAGS, max(size) if size else None)
    needed = export_trained(
        trained, FLAGS.output_dir, FLAGS.class_names, crf, FLAGS.custom_ops
    )
    print(f"SavedModel and model card: {FLAGS.output_dir}")
    if needed:
        print(
            f"It holds {' and '.join(needed)}: load the library of tf_rloss before "
            "it, with tf_rloss.ops.load_library(); model_card.md tells more."
        )


def export_trained(
    trained: "Trained",
    output_dir: str,
    class_names: Sequence[str] | None = None,
    crf: Mapping[str, Any] | None = None,
    custom_ops: bool = False,
) -> list[str]:
    """Writes a trained segmenter as a SavedModel with its model card.

    Args:
        trained: as `load_trained` returns it for a run or a `.keras` file.
        output_dir: folder to write; only an earlier export there is replaced.
        class_names: K names. Default: those of the run.
        crf: settings of a dense CRF to put behind it, as `crf_settings` returns them.
        custom_ops: whether ops of this package may be inside; with `crf` they are.

    Returns:
        Names of the ops inside that stock TensorFlow lacks.

    Raises:
        UserError: if names are missing or do not fit, `output_dir` is in use, or ops
            are inside that were not allowed.
    """
    from tf_rloss import export

    from .run_folder import read_json

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
            custom_ops=custom_ops or crf is not None,
        )
    except FileExistsError as error:
        raise UserError(f"--output_dir: {error}") from error
    except export.UnservableError as error:
        raise UserError(
            f"{trained.path} holds {', '.join(error.ops)}, which stock TensorFlow "
            "lacks. --custom_ops exports it for programs that load the library of "
            "tf_rloss."
        ) from error
    return read_json(pathlib.Path(output_dir, "model_card.json")).get("custom_ops", [])


def make_card(
    trained: "Trained", crf: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Returns what is known about a segmenter as sections of a model card."""
    card = {
        "title": f"Segmentation model {trained.segmenter.name}",
        "description": "Labels every pixel of an RGB image.",
        "checkpoint": str(trained.path),
    }
    for name, section in trained.config.items():
        # Colours are an asset; they are no reading matter.
        card[name] = {k: v for k, v in section.items() if not k.endswith("palette")}
    if trained.scores:
        card["metrics"] = trained.scores
    if crf is not None:
        card["description"] += " A dense CRF inside refines what the network says."
        card["post-processing"] = crf
        if "metrics" in card:
            card["description"] += " The metrics are those of the network alone."
    return card


def run() -> None:
    """Entry point of the console command."""
    common_flags.run_app(main, FLAGS)


if __name__ == "__main__":
    run()
