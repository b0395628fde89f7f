"""Groups of flags that several programs share."""

from ..crf_options import CRFOptions, TrainedCRFOptions
from ..datasets.options import SCRIBBLE_FLAGS, DataOptions, TrainingDataOptions
from ..engine.config import RunConfig
from ..methods.regularizer_options import RegularizerOptions
from .flags import Group

_REGULARIZER_CHOICE = ("regularizer", "regularizer_weight")

OUTPUT = Group("Output", RunConfig, only=("output_dir",))
DATA = Group("Data", DataOptions)
TUNING_DATA = Group("Data", DataOptions, without=("val_fraction",))
SCRIBBLES = Group("Data", TrainingDataOptions, only=SCRIBBLE_FLAGS)
_RAMP_AND_CLASS_WEIGHTS = (
    Group("Regularizer", RunConfig, only=("ramp_epochs",)),
    Group("Training", RunConfig, only=("class_weights",)),
)
REGULARIZER = (Group("Regularizer", RegularizerOptions), *_RAMP_AND_CLASS_WEIGHTS)
REGULARIZER_SETTINGS = (
    Group("Regularizer", RegularizerOptions, without=_REGULARIZER_CHOICE),
    *_RAMP_AND_CLASS_WEIGHTS,
)
INIT_FROM = Group("Training", RunConfig, only=("init_from",))
SINGLE_RUN = Group("Training", RunConfig, only=("seed", "strategy"))
TRAINING = Group(
    "Training",
    RunConfig,
    without=(
        "output_dir",
        "init_from",
        "seed",
        "strategy",
        "stretch",
        "ramp_epochs",
        "class_weights",
    ),
)
CRF = Group("Post-processing by a dense CRF", CRFOptions)
TRAINED_CRF = Group("A dense CRF trained with the network", TrainedCRFOptions)


def two_phases(first: str, second: str) -> tuple[Group, Group]:
    """Returns the length and the learning rates of both phases.

    Args:
        first: description of phase 1 for the help.
        second: description of phase 2.
    """
    return (
        Group("Phases", RunConfig, phase="phase1", what=f"phase 1, {first}"),
        Group("Phases", RunConfig, phase="phase2", what=f"phase 2, {second}"),
    )
