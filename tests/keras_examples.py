"""One example of every Keras class of the package, no argument at its default."""

import numpy as np

from tf_rloss import evaluation, layers, losses
from tf_rloss.models import targets

_CRF = {
    "num_iterations": 2,
    "bilateral_weight": 4.5,
    "sigma_xy": 48.0,
    "sigma_rgb": 6.0,
    "spatial_weight": 2.0,
    "spatial_sigma_xy": 2.0,
    "normalization": "before",
    "self_term": False,
}
_OUTPUT = {"from_logits": True}
_POTTS = {"normalization": "none", "relaxation": "quadratic"}
_KERNEL = {"sigma_xy": 80.0, "sigma_rgb": 13.0}
_GRID = {**_KERNEL, "affinity": "grid8", "equalized": True, "scale": 0.5}
_LOSS = {"reduction": "sum", "name": "a_loss", "dtype": "float64"}
_LAYER = {"name": "a_layer", "dtype": "float64"}

ARGUMENTS = {
    losses.PartialCrossentropy: {
        "ignore_class": 254,
        "normalize_by": "batch",
        "stride": 2,
        "class_weight": [1.0, 2.0, 0.5, 1.5],
        **_OUTPUT,
        **_LOSS,
    },
    losses.DenseCRFLoss: {**_POTTS, **_GRID, **_OUTPUT, **_LOSS},
    losses.NormalizedCutLoss: {"min_share": 0.02, **_GRID, **_OUTPUT, **_LOSS},
    losses.KernelCutLoss: {
        "gamma": 0.3,
        "cut_sigma_xy": 50.0,
        "cut_sigma_rgb": 9.0,
        "min_share": 0.1,
        **_POTTS,
        **_GRID,
        **_OUTPUT,
        **_LOSS,
    },
    losses.SeedingLoss: {
        "ignore_class": 254,
        "normalize_by": "balanced",
        "stride": 2,
        "floor": 0.01,
        **_OUTPUT,
        **_LOSS,
    },
    losses.ExpansionLoss: {
        "foreground_decay": 0.9,
        "background_decay": 0.95,
        "stride": 2,
        "decay_pixels": None,
        "floor": 0.01,
        **_OUTPUT,
        **_LOSS,
    },
    losses.ConstrainToBoundaryLoss: {
        "stride": 2,
        "floor": 0.01,
        "backpropagate": True,
        "scale": 0.5,
        **_CRF,
        **_OUTPUT,
        **_LOSS,
    },
    losses.DenseCRFADMLoss: {
        "ignore_class": 254,
        "scale": 0.5,
        **_CRF,
        **_OUTPUT,
        **_LOSS,
    },
    losses.TagCrossentropy: _LOSS,
    layers.DenseCRF: {
        "compatibility": 1.0 - np.eye(3),
        "from_logits": True,
        **_CRF,
        **_LAYER,
    },
    layers.CRFAsRNN: {"training_iterations": 3, "from_logits": True, **_CRF, **_LAYER},
    layers.AtrousConv2D: {
        "filters": 4,
        "kernel_size": (3, 3),
        "dilation_rate": (6, 6),
        "padding": "same",
        **_LAYER,
    },
    layers.BatchNormalization: {"momentum": 0.9, "epsilon": 0.01, **_LAYER},
    layers.CaffeNormalization: {"mean_bgr": (104.0, 117.0, 123.0), **_LAYER},
    layers.CropLike: _LAYER,
    layers.FineConv2D: {
        "filters": 4,
        "kernel_size": (3, 3),
        "training_strides": 2,
        "activation": "relu",
        **_LAYER,
    },
    layers.PadToCorners: {"stride": 8, **_LAYER},
    layers.PadToMultiple: {"multiple": 16, **_LAYER},
    layers.ResizeLike: _LAYER,
    layers.ScaleCorners: {"zoom": 3, "shrink": 4, **_LAYER},
    layers.SumCorners: _LAYER,
    layers.UpsampleCorners: {"factor": 8, **_LAYER},
    targets.TargetOutput: _LAYER,
    evaluation.MeanIoU: {
        "num_classes": 7,
        "ignore_class": 254,
        "name": "a_metric",
        "dtype": "float64",
    },
}
"""Class of Keras: the arguments of the example."""
