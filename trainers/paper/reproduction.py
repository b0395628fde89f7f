"""The tables and figures of the paper by name, and the function that makes one."""

import pathlib

from tf_rloss import models

from .. import defaults
from ..datasets.options import SYNTHETIC
from ..datasets.sources import training_sources
from ..errors import UserError
from ..methods.published import PUBLISHED, PUBLISHED_TAGS
from ..options import Given, build
from .bench import Bench
from .chosen_settings import read_settings, usual_settings
from .figure1 import FIGURE1
from .figure2 import FIGURE2
from .figure3 import FIGURE3
from .figure4 import FIGURE4
from .figure5 import FIGURE5
from .options import POST_PROCESSING, ReproduceOptions
from .semi_supervision import SEMI
from .study import Experiment, Setting, Study
from .table1 import TABLE1
from .table2 import TABLE2
from .table3 import TABLE3
from .table4 import TABLE4
from .table5 import TABLE5

EXPERIMENTS = {
    "table1": TABLE1,
    "table2": TABLE2,
    "table3": TABLE3,
    "table4": TABLE4,
    "table5": TABLE5,
    "figure1": FIGURE1,
    "figure2": FIGURE2,
    "figure3": FIGURE3,
    "figure4": FIGURE4,
    "figure5": FIGURE5,
    "semi": SEMI,
}
"""Name, from --table, --figure or --semi -> experiment."""

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
"""Flags that --quick sets; those of the command line go before them."""


def reproduce(given: Given) -> None:
    """Trains what is missing and writes the table or figure, or prints the commands.

    Args:
        given: flag -> value, for the flags that the user gave, and `output_dir`.
    """
    options = build(ReproduceOptions, given)
    experiment = EXPERIMENTS[chosen_name(options)]
    study = make_study(given, options, experiment)
    setting = study.setting
    jobs = study.plan(experiment.runs(setting), experiment.with_crf(setting))
    if options.print:
        for bench, run in jobs:
            print(bench.command(run))
        return
    if training_sources(setting.given)[1] is None:
        raise UserError("The experiments need images with masks to validate on.")
    study.do(jobs)
    experiment.report(study)
    print(f"Tables and pictures: {study.folder}")


def chosen_name(options: ReproduceOptions) -> str:
    """Returns the name of the experiment: "table1", "semi", ...

    Raises:
        UserError: unless the flags name exactly one.
    """
    names = [f"table{options.table}"] if options.table else []
    names += [f"figure{options.figure}"] if options.figure else []
    names += ["semi"] if options.semi else []
    if len(names) != 1:
        raise UserError(
            "Choose one of --table=1..5, --figure=1..5 and --semi. "
            f"Received: {', '.join(names) or 'none'}"
        )
    return names[0]


def make_study(
    given: Given, options: ReproduceOptions, experiment: Experiment
) -> Study:
    """Returns the benches of every network and seed, over the images of the flags."""
    usual = {
        "validate_every": defaults.REPRODUCE_VALIDATE_EVERY,
        "log_crf_energy": True,
    }
    quick = QUICK if options.quick else {}
    if given.get("dataset", SYNTHETIC) != SYNTHETIC:
        quick = {n: v for n, v in quick.items() if not n.startswith(SYNTHETIC)}
    given = usual | quick | dict(given)
    chosen = usual_settings(given)
    if options.chosen:
        chosen = read_settings(options.chosen)
    setting = Setting(given, chosen, options.quick)
    own = [given.get("model", defaults.MODEL)]
    networks = options.networks or (experiment.networks if setting.on_voc else own)
    root = pathlib.Path(given["output_dir"])

    def make_bench(network: str, seed: int) -> Bench:
        check_network(network)
        published = (PUBLISHED | PUBLISHED_TAGS).get(network)
        base = None
        if published is not None and published.weights is None:
            base = make_bench(BASE, seed)
        folder = root / network / f"seed{seed}"
        crf = setting.chosen_for(POST_PROCESSING)
        return Bench(given, folder, seed, network, base, crf)

    seeds = dict.fromkeys(options.seeds)
    benches = {name: [make_bench(name, seed) for seed in seeds] for name in networks}
    return Study(benches, root, setting)


def check_network(network: str) -> None:
    """Raises UserError unless a training or a segmenter has this name."""
    known = dict.fromkeys([*PUBLISHED, *PUBLISHED_TAGS, *models.NAMES])
    if network not in known:
        raise UserError(
            f"--networks must be some of {', '.join(known)}. Received: {network}"
        )
