"""Defaults of the options: the one place of each number."""

from collections.abc import Mapping
from typing import Any

# Network and optimization.
MODEL = "small_deeplab"
CHANNELS = 3
BATCH_NORM = "running"
BATCH_SIZE = 12
MOMENTUM = 0.9
POLY_POWER = 0.9
STEP_EPOCHS = 10
STEP_FACTOR = 0.1
EMA_DECAY = 0.97
"""Decay of the averaged weights per step: an average over about 33 steps."""
SCALE_RANGE = (1.0, 1.4)
COLOR_JITTER = 1.0
MAX_CROP_SIZE = 513
"""Largest automatic crop in pixels: the crop of the authors' PyTorch code."""
VALIDATE_EVERY = 1
CHECKPOINT_EVERY = 200

_BY_WEIGHTS = {
    "optimizer": ("adam", "sgd"),
    "schedule": ("cosine", "poly"),
    "weight_decay": (0.0, 5e-4),
    "head_lr_multiplier": (1.0, 10.0),
    "phase1_epochs": (24, 60),
    "phase1_learning_rate": (2e-3, 7e-3),
    "phase1_final_learning_rate": (5e-4, 0.0),
    "phase2_epochs": (10, 30),
    "phase2_learning_rate": (1e-3, 3.5e-3),
    "phase2_final_learning_rate": (5e-5, 0.0),
    "classifier_epochs": (16, 15),
    "classifier_learning_rate": (2e-3, 3.5e-3),
    "classifier_final_learning_rate": (5e-4, 0.0),
    "segmenter_epochs": (16, 30),
    "segmenter_learning_rate": (2e-3, 7e-3),
    "segmenter_final_learning_rate": (5e-5, 0.0),
}
"""Flag -> its default for random weights, and for pretrained ones."""
FROM_SCRATCH, PRETRAINED = (
    {flag: values[kind] for flag, values in _BY_WEIGHTS.items()} for kind in (0, 1)
)
"""Flags of a training that starts from random weights, and from pretrained ones."""


def for_weights(weights: str | None) -> Mapping[str, Any]:
    """Returns the flags for a network that starts from `weights`, or from scratch."""
    return FROM_SCRATCH if weights is None else PRETRAINED


# Regularizers.
REGULARIZER = "kernelcut"
GAMMA = 0.3
"""Weight of the normalized cut within the kernel cut (eq. 6)."""
MIN_SHARE = 0.03
"""Classes that hold less of an image have no term in its normalized cut: the sum over
all classes (eq. 5) rewards inventing those that are absent."""
SIGMA_XY, CROP_WIDTH = 100.0, 513.0
"""Bandwidth of position in the authors' PyTorch code and the width of its crops, in
pixels."""
SIGMA_COLOR = 15.0
SEC_SIGMA_XY, SEC_CROP_WIDTH = 80.0 * 8.0 / 12.0, 321.0
"""Bandwidth of position of SEC's CRF and the width of its crops, in pixels. SEC's code
has a bandwidth of 80 / 12 cells of 8 pixels."""
SEC_SIGMA_COLOR = 13.0
SEC_SPATIAL_SIGMA_XY = 3.0 * 8.0 / 12.0
ADM_WEIGHT = 5.0
"""Weight of the dense CRF in the proposals of DenseCRF-ADM. It was not tuned."""
RAMP_EPOCHS = 3.0
"""Epochs over which the weight of a regularizer grows from zero."""

# Tags.
BOUNDARY = "crf"
TAG_STRIDE = 4
"""SEC's losses read every fourth row and column."""
FOREGROUND_SHARE, BACKGROUND_SHARE = 0.5, 0.15
"""A cell with more than FOREGROUND_SHARE of the largest activation is a cue of a class;
the BACKGROUND_SHARE of the cells with the least activation are cues of the
background."""
CAM_SCALE = 2.0
"""Zoom of the images whose activation maps become cues."""

# Data.
VAL_FRACTION = 0.1
"""Share of the training images held out where there is no validation set."""
SYNTHETIC_IMAGES, SYNTHETIC_VAL_IMAGES = 400, 150
SYNTHETIC_SIZE = 96
"""Side of the generated images in pixels."""

# Semi-supervision.
SEMI_REGULARIZER, SEMI_WEIGHT = "crf", 0.1
"""Regularizer and its weight. The weight is lower than for scribbles, since masks leave
less to do; see docs/semi_supervised.md."""
LABELLED_SHARE = 0.125
"""Share of the training images that keep their labels."""
LABELLED_PER_BATCH = 0.5
"""Share of each batch that is labelled."""

# Dense CRFs.
CRF_ITERATIONS = 10
"""Mean-field iterations of post-processing; the same in all published systems."""
SYNTHETIC_CRF = {
    "bilateral_weight": 10.0,
    "sigma_xy": 40.0,
    "sigma_color": 13.0,
    "spatial_weight": 3.0,
    "spatial_sigma_xy": 1.0,
}
"""Post-processing that fits the generated images: the best of a grid, for networks with
and without the CRF loss, on generated images that neither was trained on nor validated
on."""
CRF_AS_RNN = {
    "num_iterations": 10,
    "bilateral_weight": 5.0,
    "sigma_xy": 160.0,
    "sigma_color": 3.0,
    "spatial_weight": 3.0,
    "spatial_sigma_xy": 3.0,
}
"""Settings that the CRF of CRF-as-RNN starts from, for PASCAL VOC's images."""
CRF_TRAINING_ITERATIONS = 5
CRF_LR_MULTIPLIER = 10.0
"""Learning rate of the weights of a trained CRF over that of the network."""

CHECK_DIR = "runs/check"
"""Folder for the report of trainers.check."""

# The page that draws scribbles.
ANNOTATION_DIR = "runs/annotate"
"""Folder for the trainings that trainers.annotate starts."""
ANNOTATION_PORT = 8765
ANNOTATION_SIDE, ANNOTATION_STEPS = 384, 20
"""Longer side in pixels of the images that these trainings see, and least number of
steps in an epoch, since there are few images at first."""
PRETRAINED_MODEL = "deeplab_v3_plus_efficientnet_lite0"
"""Network of these trainings where the package with its weights is installed."""
PRETRAINED_SIDE, PRETRAINED_STEPS = 224, 10
PRETRAINED_EPOCHS = (8, 4)
"""Epochs of phase 1 and phase 2 of these trainings with that network."""

# Programs that use a trained segmenter.
SCORES_DIR = "runs/evaluate"
"""Folder for the results of trainers.evaluate; a number is added for other flags."""
PHOTOGRAPH_SIDE = 1024
"""Longer side in pixels to which photographs are reduced for the network."""
OVERLAY_ALPHA = 0.5
"""Opacity of the colours of classes over photographs."""
FIGURE_SIDE = 512
"""Longer side in pixels of a photograph whose gradients are drawn."""
FIGURE_CLASSES = 5
"""Number of classes whose gradients are drawn."""

# Programs whose trainings are short and many validate less often.
COMPARE_VALIDATE_EVERY = 5
REPRODUCE_VALIDATE_EVERY = 2
HELD_OUT = 0.25
"""Share of the training images that `trainers.tune` scores on."""

# Import of annotations.
IMPORTED_LINE_WIDTH = 3.0
"""The width of ScribbleSup's lines in pixels."""
