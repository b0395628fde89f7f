"""Trains on a few labelled and many unlabelled images, section 4.5 of the paper.

Phase 1 minimizes cross-entropy on the labelled images alone; phase 2 goes on from its
weights with batches of both kinds and a regularizer on the unlabelled (Tang et al.,
ECCV 2018):

    python -m trainers.semi_supervised --labelled_images=50
    python -m trainers.semi_supervised --labelled_images=50 --regularizer=none
    python -m trainers.semi_supervised --dataset=folder --data_dir=DIR \\
        --unlabelled_dir=PHOTOGRAPHS

The second command is the baseline, as many steps on the labelled images alone. The
labelled images are chosen by their names; fewer are always among the more. Each command
takes about three minutes on two cores. Interrupted or killed, the same command resumes.
"""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from absl import flags

from . import common_flags
from .config import RunConfig
from .errors import UserError
from .single_run import train_and_report

if TYPE_CHECKING:
    from tf_rloss import data

    from .engine import Result
    from .recipe import Recipe
    from .recipes import Regularizer

FLAGS = flags.FlagValues()
common_flags.define_output(FLAGS, "runs/semi_supervised")
common_flags.define_data(FLAGS)
common_flags.define_training_data(FLAGS)
flags.DEFINE_integer(
    "labelled_images",
    None,
    "How many training images keep their labels. Default: an eighth of them, or all "
    "where --unlabelled_dir is given.",
    lower_bound=1,
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "unlabelled_dir",
    None,
    "Folder of further images without labels, of any size.",
    flag_values=FLAGS,
)
flags.DEFINE_enum(
    "labels", "mask", ["mask", "scribble"], "What the labels are.", flag_values=FLAGS
)
flags.DEFINE_enum(
    "regularize",
    "unlabelled",
    ["unlabelled", "all"],
    "Images that the regularizer acts on.",
    flag_values=FLAGS,
)
flags.DEFINE_integer(
    "labelled_per_batch",
    None,
    "Number of labelled images in every batch of phase 2; 0 to mix all images at "
    "random. Default: half of the batch.",
    lower_bound=0,
    flag_values=FLAGS,
)
# Lower than for scribbles, since masks leave less to do; see docs/semi_supervised.md.
common_flags.define_regularizer(FLAGS, "crf", weight=0.1)
common_flags.define_init_from(FLAGS)
common_flags.define_phase(FLAGS, "phase1", "phase 1, labelled images alone")
common_flags.define_phase(FLAGS, "phase2", "phase 2, with the unlabelled images")
common_flags.define_training(FLAGS)
common_flags.define_single_run(FLAGS)


def main(argv: Sequence[str]) -> None:
    """Runs the phases that the flags ask for."""
    del argv
    train_and_report(train, FLAGS)


def train(flag_values: flags.FlagValues, strategy) -> "Result":
    """Trains as the flags say and returns the result of phase 2."""
    from . import engine
    from .recipes import Regularizer

    mixed, val = mixed_sources(flag_values)
    labelled = mixed.take(mixed.labelled.nonzero()[0])
    regularizer = Regularizer.from_flags(flag_values)
    output_dir, init_from = flag_values.output_dir, flag_values.init_from

    def run(phase: str, regularizer: "Regularizer", **fields) -> "Result":
        source = labelled if regularizer.name == "none" else mixed
        config = RunConfig.from_flags(
            flag_values,
            phase,
            labelled_per_batch=find_labelled_per_batch(flag_values, source),
            **fields,
        )
        # From all images, so that the baseline takes as many steps.
        config = config.resolve(mixed)
        recipe = semi_supervised_recipe(
            regularizer,
            config.crop_size[1],
            flag_values.labels,
            labelled_share=labelled_share(config, source),
            on_all=flag_values.regularize == "all",
        )
        return engine.run(recipe, config, source, val, strategy=strategy, title=phase)

    if init_from is None:
        init_from = f"{output_dir}/phase1"
        alone = dataclasses.replace(regularizer, name="none", weight=None)
        run("phase1", alone, output_dir=init_from)
    return run("phase2", regularizer, output_dir=output_dir, init_from=init_from)


def mixed_sources(
    flag_values: flags.FlagValues,
) -> "tuple[data.Source, data.Source | None]":
    """The images to train on, labelled and not, and those to validate on.

    Raises:
        UserError: if there are too few labelled images, or no unlabelled ones.
    """
    from tf_rloss import data

    from .sources import existing_folder, training_sources

    if flag_values.labels == "mask" and flag_values.length_ratio is not None:
        raise UserError("--length_ratio needs --labels=scribble.")
    train, val = training_sources(flag_values, flag_values.labels)
    unlabelled_dir = flag_values.unlabelled_dir
    count = flag_values.labelled_images
    if count is None:
        count = len(train) if unlabelled_dir else max(len(train) // 8, 1)
    if count > len(train):
        raise UserError(
            f"--labelled_images must be at most {len(train)}, the number of training "
            f"images. Received: --labelled_images={count}"
        )
    kept = data.subset(train, count, flag_values.data_seed)
    mixed = data.without_labels(train, set(train.ids).difference(kept.ids))
    if unlabelled_dir:
        folder = existing_folder("unlabelled_dir", unlabelled_dir)
        mixed = data.concatenate(mixed, data.photographs(folder, like=train))
    if mixed.labelled.all():
        raise UserError(
            f"All {count} training images keep their labels. Give fewer "
            "--labelled_images, or more images in --unlabelled_dir."
        )
    return mixed, val


def find_labelled_per_batch(
    flag_values: flags.FlagValues, source: "data.Source"
) -> int | None:
    """The number of labelled images in each batch; None where that is no matter."""
    batch_size, number = flag_values.batch_size, flag_values.labelled_per_batch
    if number is not None and number >= batch_size:
        raise UserError(
            "--labelled_per_batch must be below --batch_size, "
            f"{batch_size}. Received: --labelled_per_batch={number}"
        )
    if source.labelled.all():
        return None
    return (batch_size // 2 if number is None else number) or None


def labelled_share(config: RunConfig, source: "data.Source") -> float:
    """The part of the images in a batch that is labelled, on average."""
    if config.labelled_per_batch is None:
        return float(source.labelled.mean())
    return config.labelled_per_batch / config.batch_size


def semi_supervised_recipe(
    regularizer: "Regularizer",
    crop_width: int,
    labels: str,
    *,
    labelled_share: float,
    on_all: bool,
) -> "Recipe":
    """Cross-entropy of the labelled images plus a regularizer on the unlabelled.

    L = mean over labelled images of pCE + weight * mean over unlabelled of R

    The engine takes means over all images of a batch, in which the others count as 0;
    so each term is divided by the share of its images. Weights then mean the same
    whatever the shares.

    Args:
        regularizer: the second term.
        crop_width: width of the training crops in pixels, for the bandwidth.
        labels: "mask" or "scribble".
        labelled_share: part of the images that have labels, above 0.
        on_all: the second mean is over all images.
    """
    from .recipes import scribble_recipe

    recipe = scribble_recipe(regularizer, crop_width, labels)
    target, share = "unlabelled_image", 1.0 - labelled_share
    if on_all:
        # Proposals hold scribbled pixels to their labels.
        target, share = regularizer.target, 1.0
        if labels != "scribble":
            target = "image"
    shares = dict.fromkeys(recipe.losses, share) | {labels: labelled_share}
    return dataclasses.replace(
        recipe,
        loss_weights={n: w / shares[n] for n, w in recipe.loss_weights.items()},
        target_of={
            **recipe.target_of,
            **{name: target for name in recipe.losses if name != labels},
        },
    )


def run() -> None:
    """Entry point of the console command."""
    common_flags.run_app(main, FLAGS)


if __name__ == "__main__":
    run()
