"""The paper's own trainings, each by a name: network, optimization and losses.

    python -m trainers.scribble --recipe=deeplab_largefov --dataset=folder ...
    python -m trainers.scribble --recipe=deeplab_msc_largefov --weights=RUN/last.keras

A recipe is one layer of flags between the defaults and the command line. The numbers
are from the Caffe files that the authors published, for 10,582 images of PASCAL VOC
with scribbles; an epoch has 1,000 steps. Those of DeepLabV3+ are from the authors'
PyTorch script; an epoch shows each image once.
"""

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import UserError
from ..options import Given, option

if TYPE_CHECKING:
    import keras

STEPS_PER_EPOCH = 1000
LABEL_STRIDE = 8
"""Pixels between two cells of most of the networks."""
CRF_WEIGHT = 1e-8
"""Weight of the raw dense CRF energy at crops of 321 pixels."""
SHORT_SIDE = 375
"""Shorter side of most images of PASCAL VOC in pixels."""


@dataclasses.dataclass(frozen=True)
class Published:
    """A training as the authors did it.

    Attributes:
        model: name of the network.
        batch_size: images per batch.
        phase1: flags for partial cross-entropy alone.
        phase2: flags for the phase with the CRF loss.
        segmenter: flags for the only phase of a training from tags, and for the
            classifier whose activation maps are its cues.
        settings: flags for all phases.
        weights: weights that the network starts from; None: the user names them.
        trained: prefix of the names of the layers that are trained; "" for all.
        head: prefix of the names of the layers that learn `head_factor` times faster.
        head_factor: factor on the learning rate of these layers.
        bias_factors: learning rate of biases over that of kernels, outside the head
            and in it.
        phase2_from_weights: phase 2 starts from `weights`, too, in place of the end of
            phase 1.
        label_stride: cross-entropy reads every `label_stride`-th row and column,
            those on which the network's cells lie.
        label_weight: weight of cross-entropy.
        scale_strides: output of the training graph that has a cross-entropy of its
            own -> the stride of its labels.
        crf_weight: weight of the raw dense CRF energy of an image.
        crf_scale: fraction of the size at which the energy is computed.
        sigma_xy: bandwidth in pixels.
        sigma_color: bandwidth in intensities 0..255.
    """

    model: str
    batch_size: int
    phase1: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    phase2: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    segmenter: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    weights: str | None = "imagenet"
    trained: str = ""
    head: str = "head"
    head_factor: float = 10.0
    bias_factors: tuple[float, float] = (2.0, 2.0)
    phase2_from_weights: bool = False
    label_stride: int = LABEL_STRIDE
    label_weight: float = 1.0
    scale_strides: Mapping[str, int] = dataclasses.field(default_factory=dict)
    crf_weight: float = CRF_WEIGHT
    crf_scale: float = 1.0
    sigma_xy: float = 100.0
    sigma_color: float = 15.0

    def layer(self, phase: str) -> dict[str, Any]:
        """Returns the flags of "phase1", "phase2", "classifier" or "segmenter".

        Epochs and learning rates have the flags of that phase.
        """
        own = self.segmenter if phase == "classifier" else getattr(self, phase)
        own = {
            f"{phase}_{name}" if name in _PER_PHASE else name: value
            for name, value in own.items()
        }
        shared = {
            "model": self.model,
            "weights": self.weights,
            "batch_size": self.batch_size,
            "crop_size": (321, 321),
            "steps_per_epoch": STEPS_PER_EPOCH,
            "optimizer": "sgd",
            "momentum": 0.9,
            # Their 5e-4 passes through the momentum, which makes it ten times that.
            "weight_decay": 5e-4 / (1.0 - 0.9),
            "ema_decay": 0.0,
            "ramp_epochs": 0.0,
            "scale_range": (1.0, 1.0),
            "color_jitter": 0.0,
            "flip": True,
        }
        return shared | dict(self.settings) | own

    def lr_multiplier(self, variable: "keras.Variable") -> float:
        """Returns the factor on a variable's learning rate; 0 if it is not trained."""
        layer, name = variable.path.split("/")[-2:]
        if not layer.startswith(self.trained):
            return 0.0
        in_head = layer.startswith(self.head)
        factor = self.head_factor if in_head else 1.0
        return factor * (self.bias_factors[in_head] if name == "bias" else 1.0)


_PER_PHASE = ("epochs", "learning_rate", "final_learning_rate")


def _step(learning_rate: float, *, every: int, epochs: int) -> dict[str, Any]:
    """Returns a schedule that divides the learning rate by 10 after `every` epochs."""
    return {
        "learning_rate": learning_rate,
        "schedule": "step",
        "step_epochs": every,
        "step_factor": 0.1,
        "epochs": epochs,
    }


def _poly(learning_rate: float, *, epochs: int) -> dict[str, Any]:
    """Returns a schedule that falls to zero over `epochs`."""
    return {
        "learning_rate": learning_rate,
        "final_learning_rate": 0.0,
        "schedule": "poly",
        "poly_power": 0.9,
        "epochs": epochs,
    }


def _deeplab_v3_plus(backbone: str) -> Published:
    """Returns the training of the authors' PyTorch script, which used MobileNetV2.

    Each of their runs is one phase from ImageNet's weights, with partial cross-entropy
    alone or with the CRF loss: here phase 1 with --regularizer=none, else phase 2.
    Cross-entropy is a mean over the batch's labelled pixels, divided by its size once
    more. They resized the shorter side of an image to 1/2 to 2 times 513, which is
    about the zoom here. Left out: their blur of half of the images by at most one
    pixel, and their decay of biases and of batch normalization's factors.
    """
    phase = _poly(7e-3, epochs=60)
    return Published(
        model=f"deeplab_v3_plus_{backbone}",
        batch_size=12,
        phase1=phase,
        phase2=phase,
        settings={
            "crop_size": (513, 513),
            "steps_per_epoch": None,
            "scale_range": (0.5 * 513 / SHORT_SIDE, 2.0 * 513 / SHORT_SIDE),
        },
        bias_factors=(1.0, 1.0),
        phase2_from_weights=True,
        label_stride=1,
        label_weight=1 / 12,
        crf_weight=2e-9,
        crf_scale=0.5,
    )


PUBLISHED = {
    "deeplab_largefov": Published(
        model="deeplab_largefov",
        batch_size=20,
        phase1=_step(1e-3, every=3, epochs=9),
        phase2=_step(1e-4, every=3, epochs=9),
    ),
    "deeplab_msc_largefov": Published(
        model="deeplab_msc_largefov",
        batch_size=30,
        phase1=_step(1e-3, every=2, epochs=6),
        phase2=_step(1e-3, every=3, epochs=9),
        # Both phases train the branches, on a LargeFOV that was trained with the CRF.
        weights=None,
        trained="branch",
        phase2_from_weights=True,
    ),
    "deeplab_vgg16": Published(
        model="deeplab_vgg16",
        batch_size=10,
        phase1=_poly(1e-3, epochs=20),
        phase2=_poly(5e-4, epochs=10),
    ),
    "deeplab_resnet101": Published(
        model="deeplab_resnet101",
        batch_size=1,
        phase1=_poly(2.5e-4, epochs=20),
        phase2=_poly(1.5e-4, epochs=10),
        settings={"accumulate_steps": 10, "scales": (0.5, 0.75, 1.0, 1.25, 1.5)},
        # Weights are ImageNet's; the authors' were trained on COCO's masks, too. What
        # that is worth stands in docs/training.md.
        # Convolutions of Caffe's ResNet have no biases.
        bias_factors=(0.0, 2.0),
        scale_strides={"x1": 8, "x0.75": 8, "x0.5": 16},
        sigma_xy=80.0,
        sigma_color=13.0,
    ),
    "deeplab_v3_plus_mobilenet_v2": _deeplab_v3_plus("mobilenet_v2"),
    "deeplab_v3_plus_resnet101": _deeplab_v3_plus("resnet101"),
}
"""Trainings by the name that `--recipe` takes."""

PUBLISHED_TAGS = {
    "sec_largefov": Published(
        model="deeplab_largefov",
        batch_size=15,
        segmenter=_step(1e-3, every=2, epochs=8) | {"flip": False, "stretch": True},
    ),
}
"""Trainings from tags, of Kolesnikov and Lampert (SEC), as the paper repeats them."""


@dataclasses.dataclass(frozen=True)
class RecipeOptions:
    """The training of the paper to repeat."""

    recipe: str | None = option(
        None,
        "Trains this network of the paper as its authors did: all flags about the "
        "training default to their settings, and --regularizer of trainers.scribble to "
        "crf.",
        choices=tuple(PUBLISHED),
    )


@dataclasses.dataclass(frozen=True)
class TagRecipeOptions:
    """The training from tags to repeat."""

    recipe: str | None = option(
        None,
        "Trains as the authors of SEC did: all flags about the training default to "
        "their settings.",
        choices=tuple(PUBLISHED_TAGS),
    )


def find_published(given: Given) -> Published | None:
    """Returns the training that the flag `recipe` names; None if there is none.

    Raises:
        UserError: if it needs weights that `--weights` does not give.
    """
    name = given.get("recipe")
    if name is None:
        return None
    published = (PUBLISHED | PUBLISHED_TAGS)[name]
    if published.weights is None and given.get("weights") is None:
        raise UserError(
            f"--recipe={name} trains the branches only, on a deeplab_largefov that "
            "was trained before: give --weights=RUN/last.keras of that run."
        )
    return published


def published_options(published: Published | None, given: Given) -> dict[str, Any]:
    """Returns the flags of a published training about the regularizer.

    The authors published the raw CRF energy with its weight, which is the default of
    "crf". A given weight, or --normalization=affinity, is for the normalized energy.

    Args:
        published: the training; None: no flags.
        given: flag -> value, as the user gave them, `regularizer` among them.
    """
    if published is None:
        return {}
    if given["regularizer"].startswith("constrain"):  # SEC's, with SEC's bandwidths
        return {"constrain_stride": LABEL_STRIDE}
    options = {"sigma_xy": published.sigma_xy, "sigma_color": published.sigma_color}
    normalized = given.get("normalization") == "affinity"
    if given["regularizer"] != "crf" or "regularizer_weight" in given or normalized:
        return options
    return options | {
        "normalization": "none",
        # Weights of regularizers are against cross-entropy.
        "regularizer_weight": published.crf_weight / published.label_weight,
        "loss_scale": published.crf_scale,
    }
