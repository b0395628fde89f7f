"""The settings that work: every number a newcomer gets without touching a flag."""

import dataclasses

REGULARIZERS = ("none", "ncut", "crf", "kernelcut", "adm")

REGULARIZER_WEIGHTS = {
    "none": 0.0,
    "ncut": 0.3,
    "crf": 1.0,
    "kernelcut": 1.0,
    "adm": 1.0,
}
"""Weights of affinity-normalized losses, and of cross entropy with proposals, against
partial cross-entropy."""

ADM_WEIGHT = 5.0
"""Weight of the dense CRF in the proposals of DenseCRF-ADM. It was not tuned."""

GAMMA = 0.3
"""Weight of the normalized cut within the kernel cut (eq. 6)."""

MIN_SHARE = 0.03
"""Classes that hold less of an image have no term in its normalized cut: the sum over
all classes (eq. 5) rewards inventing those that are absent."""

SIGMA_RGB = 15.0
SIGMA_XY_OF_PAPER, CROP_OF_PAPER = 100.0, 513.0
"""Bandwidth of the paper in pixels, and the crop width that it belongs to."""


@dataclasses.dataclass(frozen=True)
class Phase:
    """Length and learning rates of one phase of a training."""

    epochs: int
    learning_rate: float
    final_learning_rate: float


@dataclasses.dataclass(frozen=True)
class Settings:
    """How to optimize, for one kind of initial weights.

    Scribbles have `phase1` and `phase2`; tags have `classifier` and `segmenter`.
    """

    optimizer: str
    schedule: str
    weight_decay: float
    head_lr_multiplier: float
    phase1: Phase
    phase2: Phase
    classifier: Phase
    segmenter: Phase


FROM_SCRATCH = Settings(
    optimizer="adam",
    schedule="cosine",
    weight_decay=0.0,
    head_lr_multiplier=1.0,
    phase1=Phase(24, 2e-3, 5e-4),
    phase2=Phase(10, 1e-3, 5e-5),
    classifier=Phase(16, 2e-3, 5e-4),
    segmenter=Phase(16, 2e-3, 5e-5),
)
PRETRAINED = Settings(
    optimizer="sgd",
    schedule="poly",
    weight_decay=5e-4,
    head_lr_multiplier=10.0,
    phase1=Phase(60, 7e-3, 0.0),
    phase2=Phase(30, 3.5e-3, 0.0),
    classifier=Phase(15, 3.5e-3, 0.0),
    segmenter=Phase(30, 7e-3, 0.0),
)


def settings_for(weights: str) -> Settings:
    """Settings for a segmenter built with `weights` ("none", "imagenet" or a path)."""
    return FROM_SCRATCH if weights == "none" else PRETRAINED


BOUNDARIES = ("none", "crf", "constrain", "constrain_no_backprop")
"""The third loss of a training from tags, the one that knows borders."""
FOREGROUND_SHARE, BACKGROUND_SHARE = 0.5, 0.15
"""Of cues: least activation over the largest, and share of the cells."""
CAM_SCALE = 2.0
"""Zoom of the images whose activation maps become cues."""
TAG_STRIDE = 4
"""Pixels between two at which the losses of SEC look."""

MODEL = "small_deeplab"
BATCH_SIZE = 12
EMA_DECAY = 0.97
"""Per step; an average over about 33 steps."""
RAMP_EPOCHS = 3.0
"""Over which the weight of a regularizer grows from zero."""
SCALE_RANGE = (1.0, 1.4)
COLOR_JITTER = 1.0
VAL_FRACTION = 0.1
"""Share of the training images held out where there is no validation set."""

CRF_ITERATIONS = 10
"""Of post-processing by a dense CRF; the same in all published systems."""
SYNTHETIC_SIZE = 96
"""Side of the generated images in pixels."""
SYNTHETIC_CRF = {
    "bilateral_weight": 10.0,
    "sigma_xy": 40.0,
    "sigma_rgb": 13.0,
    "spatial_weight": 3.0,
    "spatial_sigma_xy": 1.0,
}
"""Post-processing that fits the generated images: the best of a grid, for networks with
and without the CRF loss, on generated images that neither was trained on nor validated
on (`trainers.crf_search`)."""

CRF_AS_RNN = {
    "num_iterations": 10,
    "training_iterations": 5,
    "bilateral_weight": 5.0,
    "sigma_xy": 160.0,
    "sigma_rgb": 3.0,
    "spatial_weight": 3.0,
    "spatial_sigma_xy": 3.0,
}
"""How the CRF of CRF-as-RNN starts, for PASCAL VOC's images."""
CRF_LR_MULTIPLIER = 10.0
"""Of the weights of a CRF that is trained."""
