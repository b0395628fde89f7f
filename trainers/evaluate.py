"""Scores a segmenter on images with masks, by the protocol of the paper.

One confusion matrix over all images, 255 in the masks ignored, at the masks' own
resolution, a single scale and no flip:

    python -m trainers.evaluate --checkpoint=runs/synthetic
    python -m trainers.evaluate --checkpoint=RUN/best.keras --dataset=folder \\
        --data_dir=DIR --output_dir=runs/scores

prints a table and writes metrics.json, per_class.csv, confusion.png, and best.png and
worst.png, the images with the highest and the lowest IoU. With --crf=NAME predictions
are refined by a dense CRF, as DeepLab's are, at the resolution of the masks.
"""

from collections.abc import Sequence

from absl import flags

from . import common_flags
from .crf_settings import define_crf, make_crf, settings_from_flags
from .errors import UserError

FLAGS = flags.FlagValues()
flags.DEFINE_string(
    "checkpoint",
    None,
    "What to score: the folder of a run (its last.keras is meant), a .keras file, or "
    "an exported SavedModel.",
    required=True,
    flag_values=FLAGS,
)
common_flags.define_output(FLAGS, "runs/evaluate")
common_flags.define_data(FLAGS)
flags.DEFINE_list(
    "scales",
    ["1"],
    "Sizes of the image whose predictions are averaged, as 0.75,1,1.25. The paper "
    "uses 1 alone.",
    flag_values=FLAGS,
)
flags.DEFINE_bool(
    "flip",
    False,
    "Whether the prediction of the mirrored image is averaged in. Not in the paper.",
    flag_values=FLAGS,
)
define_crf(FLAGS)


def main(argv: Sequence[str]) -> None:
    """Evaluates as the flags say and prints the table."""
    del argv
    scales = parse_scales(FLAGS.scales)
    # Imported late, so that --help and a wrong flag need not wait for TensorFlow.
    from tf_rloss import evaluation

    from .evaluation_data import evaluation_source
    from .scoring import score, write_results
    from .trained import load_trained

    trained = load_trained("checkpoint", FLAGS.checkpoint)
    # The CRF sees the images as they are; only those of the network are scaled then.
    full_size = FLAGS.crf is not None and FLAGS.dataset == common_flags.FOLDER
    source = evaluation_source(FLAGS, trained, full_size=full_size)
    crf = settings_from_flags(FLAGS, max(source.size))
    protocol = {
        "scales": list(scales),
        "flip": FLAGS.flip,
        "image_scale": FLAGS.image_scale,
        "post-processing": crf,
    }
    factor = FLAGS.image_scale if full_size else 1.0
    confusion, extremes = score(
        trained,
        source,
        [factor * scale for scale in scales],
        FLAGS.flip,
        None if crf is None else make_crf(crf),
    )
    print(evaluation.format_table(confusion, source.class_names))
    folder = write_results(
        FLAGS.output_dir, trained, source, protocol, confusion, extremes
    )
    print(f"Metrics and pictures: {folder}")


def parse_scales(texts: Sequence[str]) -> tuple[float, ...]:
    """Returns the scales as numbers.

    Raises:
        UserError: unless all are numbers above 0.
    """
    try:
        scales = tuple(float(text) for text in texts)
    except ValueError:
        scales = ()
    if not scales or not all(0.0 < scale <= 8.0 for scale in scales):
        raise UserError(
            "--scales must be numbers above 0 and at most 8, separated by commas. "
            f"Received: {','.join(texts)}"
        )
    return scales


def run() -> None:
    """Entry point of the console command."""
    common_flags.run_app(main, FLAGS)


if __name__ == "__main__":
    run()
