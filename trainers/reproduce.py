"""Reproduces the tables and figures of the paper.

    python -m trainers.reproduce --table=1
    python -m trainers.reproduce --figure=5 --seeds=0,1,2
    python -m trainers.reproduce --semi
    python -m trainers.reproduce --table=1 --dataset=voc2012_scribble --data_dir=DIR

trains the systems that the table or figure compares, and writes it in the paper's
layout with the paper's numbers beside ours: NAME.md, NAME.csv, NAME.png. Trainings lie
in <output_dir>/<network>/seed<N>/ and are shared by all tables, so that each is done
once; interrupted or killed, the same command resumes. On the generated images a table
takes 5 to 15 minutes for each seed on two cores. --quick tries the machinery in a
minute or two, on a few small images, with meaningless scores.
"""

import pathlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from absl import flags

from . import common_flags
from .errors import UserError
from .published import PUBLISHED, PUBLISHED_TAGS
from .seeds import define_seeds, parse_seeds

if TYPE_CHECKING:
    from .published import Published
    from .reproduction.study import Experiment, Study

TABLES = ("1", "2", "3", "4", "5")
FIGURES = ("1", "2", "3", "4", "5")

FLAGS = flags.FlagValues()
flags.DEFINE_enum("table", None, TABLES, "A table of the paper.", flag_values=FLAGS)
flags.DEFINE_enum("figure", None, FIGURES, "A figure of the paper.", flag_values=FLAGS)
flags.DEFINE_bool(
    "semi",
    False,
    "The plot of section 4.5: some labelled images, many without labels.",
    flag_values=FLAGS,
)
flags.DEFINE_bool(
    "quick",
    False,
    "Tries everything on a few small images for an epoch each; scores mean nothing.",
    flag_values=FLAGS,
)
flags.DEFINE_list(
    "networks",
    None,
    "Networks to train. Default: small_deeplab on generated images, else those of the "
    "table in the paper, each with its own settings (see --recipe of "
    "trainers.scribble).",
    flag_values=FLAGS,
)
common_flags.define_output(FLAGS, "runs/reproduce")
define_seeds(FLAGS)
common_flags.define_data(FLAGS)
common_flags.define_training_data(FLAGS)
common_flags.define_regularizer_settings(FLAGS)
common_flags.define_phase(FLAGS, "phase1", "the first phase, without a regularizer")
common_flags.define_phase(FLAGS, "phase2", "the second phase, with the regularizers")
common_flags.define_phase(FLAGS, "classifier", "the classifier of tags, for their cues")
common_flags.define_phase(FLAGS, "segmenter", "training from tags")
flags.DEFINE_string(
    "cues",
    None,
    "Cues for Table 3 and Figure 4: SEC's localization_cues.pickle.gz. Default: from a "
    "classifier trained on the tags.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "cues_list",
    None,
    "SEC's input_list.txt, which numbers its images.",
    flag_values=FLAGS,
)
common_flags.define_training(FLAGS)
FLAGS.set_default("validate_every", 2)
FLAGS.set_default("log_crf_energy", True)

BASE = "deeplab_largefov"
"""The network that the branches of DeepLab-MSc-LargeFOV are trained on."""

QUICK = {
    "synthetic_images": 8,
    "synthetic_val_images": 4,
    "synthetic_size": 32,
    "batch_size": 4,
    "phase1_epochs": 1,
    "phase2_epochs": 1,
    "classifier_epochs": 1,
    "segmenter_epochs": 1,
}
"""Flags of --quick; those of the command line go before them."""


def main(argv: Sequence[str]) -> None:
    """Trains what is missing and writes the table or figure."""
    del argv
    name = chosen(FLAGS)
    if FLAGS.quick:
        for flag, value in QUICK.items():
            if not FLAGS[flag].present:
                FLAGS[flag].value = value
    # Imported late, so that --help and a wrong flag need not wait for TensorFlow.
    from .reproduction.experiments import EXPERIMENTS, QUICK_EXPERIMENTS

    experiment = (QUICK_EXPERIMENTS if FLAGS.quick else EXPERIMENTS)[name]
    study = make_study(FLAGS, experiment)
    study.train(experiment.systems)
    experiment.report(study)
    print(f"Tables and pictures: {study.folder}")


def chosen(flag_values: flags.FlagValues) -> str:
    """The name of the experiment that the flags ask for: "table1", "semi", ...

    Raises:
        UserError: unless they name exactly one.
    """
    names = [
        f"{kind}{flag_values[kind].value}"
        for kind in ("table", "figure")
        if flag_values[kind].value is not None
    ]
    names += ["semi"] * flag_values.semi
    if len(names) != 1:
        raise UserError(
            "Choose one of --table=1..5, --figure=1..5 and --semi. "
            f"Received: {', '.join(names) or 'none'}"
        )
    return names[0]


def make_study(flag_values: flags.FlagValues, experiment: "Experiment") -> "Study":
    """The labs of every network and seed, over the images that the flags mean."""
    from .reproduction.lab import Lab
    from .reproduction.study import Study
    from .sources import training_sources

    seeds = parse_seeds(flag_values.seeds)
    train_source, val = training_sources(flag_values)
    if val is None:
        raise UserError("The experiments need images with masks to validate on.")
    root = pathlib.Path(flag_values.output_dir)
    on_paper = flag_values.dataset == common_flags.VOC
    usual = experiment.networks if on_paper else (flag_values.model,)
    sources = (train_source, val)

    def make_lab(network: str, seed: int) -> Lab:
        published = find_published(network)
        base = None
        if published is not None and published.weights is None:
            base = make_lab(BASE, seed)
        folder = root / network / f"seed{seed}"
        chosen = find_chosen(flag_values)
        return Lab(flag_values, folder, seed, sources, network, published, base, chosen)

    networks = flag_values.networks or usual
    return Study({n: [make_lab(n, s) for s in seeds] for n in networks}, root)


def find_chosen(flag_values: flags.FlagValues) -> "Mapping[str, Mapping[str, float]]":
    """The settings that were chosen for the images."""
    from .reproduction.chosen import CAMOUFLAGED, SYNTHETIC

    if flag_values.dataset != common_flags.SYNTHETIC:
        return {}
    return CAMOUFLAGED if flag_values.synthetic_camouflage else SYNTHETIC


def find_published(network: str) -> "Published | None":
    """The settings of the paper for a network; None for one that it does not have.

    Raises:
        UserError: if there is no such network.
    """
    from tf_rloss import models

    published = {**PUBLISHED, **PUBLISHED_TAGS}
    known = [*published, *(name for name in models.NAMES if name not in published)]
    if network not in known:
        raise UserError(
            f"--networks must be some of {', '.join(known)}. Received: {network}"
        )
    return published.get(network)


def run() -> None:
    """Entry point of the console command."""
    common_flags.run_app(main, FLAGS)


if __name__ == "__main__":
    run()
