"""Trains a segmenter on image tags alone: which classes are in an image, not where.

A classifier of the tags is trained first; where its activation maps are strong are the
cues of SEC (Kolesnikov and Lampert, ECCV 2016). The segmenter then minimizes SEC's
losses, seed and expand, and one that knows borders: the dense CRF loss of the paper, or
SEC's constraint, which it replaces (Table 3):

    python -m trainers.tag --output_dir=runs/tags
    python -m trainers.tag --boundary=constrain --output_dir=runs/constrain
    python -m trainers.tag --recipe=sec_largefov --dataset=folder --data_dir=VOC \\
        --cues=localization_cues.pickle.gz --cues_list=input_list.txt

With --recipe a network is trained as its authors did; see published.py. The paper has,
on PASCAL VOC, 38.4 % mIoU without and 43.9 % with the CRF loss. The first command takes
about two minutes on two cores. Interrupted or killed, the same command resumes. The
network is <output_dir>/last.keras, with the best validation best.keras.
"""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from absl import flags

from . import common_flags, defaults
from .config import RunConfig
from .errors import UserError
from .idle_flags import acts_only_with
from .published import PUBLISHED_TAGS, published_training
from .single_run import train_and_report

if TYPE_CHECKING:
    from .engine import Result

CAM = "cam"


def define_losses(flag_values: flags.FlagValues) -> None:
    """The three losses; `TagLosses.from_flags` reads them."""
    own = {"flag_values": flag_values}
    flags.DEFINE_enum(
        "boundary",
        "crf",
        list(defaults.BOUNDARIES),
        "The third loss. crf: the dense CRF loss. constrain: the divergence from what "
        "a CRF makes of the segmentation, as in SEC, with the gradient through its "
        "mean field; constrain_no_backprop: without.",
        **own,
    )
    for name, what in (
        ("seed_weight", "the seeding loss, on the cues"),
        ("expand_weight", "the expansion loss, on the tags"),
        ("boundary_weight", "the third loss"),
    ):
        usual = ", of crf with --recipe 1e-8 times the raw energy"
        flags.DEFINE_float(
            name,
            1.0,
            f"Weight of {what}{usual if name == 'boundary_weight' else ''}.",
            lower_bound=0,
            **own,
        )
    flags.DEFINE_float(
        "sigma_xy",
        None,
        "Bandwidth of the third loss in pixels of the crop. Default: of crf 100 for a "
        "width of 513, of the others 53.3 for 321, and in proportion.",
        lower_bound=1e-3,
        **own,
    )
    flags.DEFINE_float(
        "sigma_rgb",
        None,
        "Its bandwidth in intensities 0..255. Default: 15 of crf, 13 of the others.",
        lower_bound=1e-3,
        **own,
    )
    flags.DEFINE_integer(
        "stride",
        None,
        f"SEC's losses look at every so many-th pixel. Default: {defaults.TAG_STRIDE}; "
        "with --recipe 8.",
        lower_bound=1,
        **own,
    )
    flags.DEFINE_float(
        "ramp_epochs",
        defaults.RAMP_EPOCHS,
        "Epochs over which the weight of the third loss grows from zero.",
        lower_bound=0,
        **own,
    )


def define_cues(flag_values: flags.FlagValues) -> None:
    """Where the cues come from."""
    own = {"flag_values": flag_values}
    flags.DEFINE_string(
        "cues",
        CAM,
        "`cam`: activation maps of a classifier trained first. Or a file: SEC's "
        "localization_cues.pickle.gz, or cues.npz of another run of this trainer.",
        **own,
    )
    flags.DEFINE_string(
        "cues_list", None, "SEC's input_list.txt, which numbers its images.", **own
    )
    flags.DEFINE_float(
        "foreground_share",
        defaults.FOREGROUND_SHARE,
        "Of cam: cells above this part of the largest activation are cues of a class.",
        lower_bound=0,
        upper_bound=1,
        **own,
    )
    flags.DEFINE_float(
        "background_share",
        defaults.BACKGROUND_SHARE,
        "Of cam: part of the cells, those of least activation, that are background.",
        lower_bound=0,
        upper_bound=1,
        **own,
    )
    flags.DEFINE_float(
        "cam_scale",
        defaults.CAM_SCALE,
        "Of cam: zoom of the images for the activation maps.",
        lower_bound=0.1,
        upper_bound=8,
        **own,
    )


def refuse_idle_flags(flag_values: flags.FlagValues) -> None:
    """Refuses settings of a loss or a classifier that the training has not."""
    border = ("boundary_weight", "sigma_xy", "sigma_rgb", "ramp_epochs")
    acting = [name for name in defaults.BOUNDARIES if name != "none"]
    acts_only_with(border, "boundary", acting, flag_values)
    of_classifier = [name for name in flag_values if name.startswith("classifier_")]
    of_cam = ("foreground_share", "background_share", "cam_scale", *of_classifier)
    acts_only_with(of_cam, "cues", [CAM], flag_values)


FLAGS = flags.FlagValues()
common_flags.define_output(FLAGS, "runs/tags")
common_flags.define_data(FLAGS)
common_flags.define_training_data(FLAGS, scribbles=False)
define_losses(FLAGS)
define_cues(FLAGS)
flags.DEFINE_enum(
    "recipe",
    None,
    list(PUBLISHED_TAGS),
    "Trains as the authors of SEC did: all other flags about how to train default to "
    "their settings.",
    flag_values=FLAGS,
)
flags.DEFINE_bool(
    "stretch",
    False,
    "Whether whole images are resized to the crop, whatever their shape, in place of "
    "zoom and crop: no tag is cut off. True with --recipe.",
    flag_values=FLAGS,
)
common_flags.define_phase(FLAGS, "classifier", "the classifier of tags")
common_flags.define_phase(FLAGS, "segmenter", "the segmenter")
common_flags.define_training(FLAGS)
common_flags.define_single_run(FLAGS)
refuse_idle_flags(FLAGS)


def main(argv: Sequence[str]) -> None:
    """Trains the classifier, if cues are needed, and the segmenter."""
    del argv
    train_and_report(train, FLAGS)


def train(flag_values: flags.FlagValues, strategy) -> "Result":
    """Trains as the flags say and returns the result of the segmenter."""
    from . import engine, tag_cues
    from .sources import training_sources
    from .strategies import is_chief
    from .tag_recipes import TagLosses, tag_recipe

    terms = TagLosses.from_flags(flag_values)
    published = published_training(flag_values)
    source, val = training_sources(flag_values, labels="tag")
    output_dir = flag_values.output_dir
    config = RunConfig.from_flags(flag_values, "segmenter", output_dir=output_dir)
    config = config.resolve(source)
    settings = {"cues": flag_values.cues, "recipe": flag_values.recipe}
    if flag_values.cues == CAM:
        if flag_values.cues_list is not None:
            raise UserError("--cues_list needs --cues=FILE, SEC's cues.")
        cues = tag_cues.CueSettings.from_flags(flag_values)
        settings |= cues.settings
        first = RunConfig.from_flags(
            flag_values, "classifier", output_dir=f"{output_dir}/classifier"
        )
        source = tag_cues.cues_of_classifier(source, first, cues, strategy, published)
    else:
        source = tag_cues.cues_of_file(
            source,
            flag_values.cues,
            flag_values.cues_list,
            binary=flag_values.binary,
        )
    if is_chief(strategy):
        print(tag_cues.describe_cues(source))
    recipe = tag_recipe(terms, config.crop_size[1], settings)
    if published:
        recipe = dataclasses.replace(recipe, lr_multiplier=published.lr_multiplier)
    return engine.run(recipe, config, source, val, strategy=strategy, title="segmenter")


def run() -> None:
    """Entry point of the console command."""
    common_flags.run_app(main, FLAGS)


if __name__ == "__main__":
    run()
