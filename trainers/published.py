"""The paper's own trainings, each by a name: network, optimization and losses.

    python -m trainers.scribble --recipe=deeplab_largefov --dataset=folder ...
    python -m trainers.scribble --recipe=deeplab_msc_largefov --weights=RUN/last.keras

A recipe stands for the flags of `training_flags`; what the command line says goes
before it. The numbers are those of the Caffe files that the authors published, for
10,582 images of PASCAL VOC with scribbles. An epoch is 1,000 steps.
"""

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from absl import flags

from .errors import UserError

if TYPE_CHECKING:
    import keras

STEPS_PER_EPOCH = 1000
LABEL_STRIDE = 8
"""Labels of every 8th pixel count: those on which the networks' cells lie."""
CRF_WEIGHT = 1e-8
"""Of the raw dense CRF energy at crops of 321 pixels."""


@dataclasses.dataclass(frozen=True)
class Published:
    """A training as the authors did it.

    Attributes:
        model: name of the network.
        batch_size: images per batch.
        phase1: fields of `RunConfig` for partial cross-entropy alone.
        phase2: the same with the CRF loss.
        weights: what the network starts from; None: it has to be given.
        trained: layers whose names start so are trained; "" for all.
        head: such layers learn `head_factor` times faster.
        head_factor: see there.
        phase2_from_weights: whether phase 2 starts from `weights`, too, in place of
            the end of phase 1.
    """

    model: str
    batch_size: int
    phase1: Mapping[str, Any]
    phase2: Mapping[str, Any]
    weights: str | None = "imagenet"
    trained: str = ""
    head: str = "head"
    head_factor: float = 10.0
    phase2_from_weights: bool = False

    def fields(self, phase: str) -> dict[str, Any]:
        """Fields of `RunConfig` in "phase1" or "phase2"."""
        shared = {
            "model": self.model,
            "weights": self.weights,
            "batch_size": self.batch_size,
            "crop_size": (321, 321),
            "steps_per_epoch": STEPS_PER_EPOCH,
            "optimizer": "sgd",
            "momentum": 0.9,
            # Caffe's 5e-4 passes through the momentum, which makes it ten times that.
            "weight_decay": 5e-4 / (1.0 - 0.9),
            "ema_decay": 0.0,
            "ramp_epochs": 0.0,
            "scale_range": (1.0, 1.0),
            "color_jitter": 0.0,
            "flip": True,
        }
        return shared | dict(getattr(self, phase))

    def lr_multiplier(self, variable: "keras.Variable") -> float:
        """1 for kernels, 2 for biases; more in the head, 0 where nothing is trained."""
        layer, name = variable.path.split("/")[-2:]
        if not layer.startswith(self.trained):
            return 0.0
        factor = self.head_factor if layer.startswith(self.head) else 1.0
        return factor * (2.0 if name == "bias" else 1.0)


def _step(learning_rate: float, *, every: int, steps: int) -> dict[str, Any]:
    """A tenth of the learning rate after every so many thousand steps."""
    return {
        "learning_rate": learning_rate,
        "schedule": "step",
        "step_epochs": every,
        "step_factor": 0.1,
        "epochs": steps,
    }


def _poly(learning_rate: float, *, steps: int) -> dict[str, Any]:
    """A learning rate that falls to zero over so many thousand steps."""
    return {
        "learning_rate": learning_rate,
        "final_learning_rate": 0.0,
        "schedule": "poly",
        "poly_power": 0.9,
        "epochs": steps,
    }


PUBLISHED = {
    "deeplab_largefov": Published(
        model="deeplab_largefov",
        batch_size=20,
        phase1=_step(1e-3, every=3, steps=9),
        phase2=_step(1e-4, every=3, steps=9),
    ),
    "deeplab_msc_largefov": Published(
        model="deeplab_msc_largefov",
        batch_size=30,
        phase1=_step(1e-3, every=2, steps=6),
        phase2=_step(1e-3, every=3, steps=9),
        # Both phases train the branches, on a LargeFOV that was trained with the CRF.
        weights=None,
        trained="branch",
        phase2_from_weights=True,
    ),
    "deeplab_vgg16": Published(
        model="deeplab_vgg16",
        batch_size=10,
        phase1=_poly(1e-3, steps=20),
        phase2=_poly(5e-4, steps=10),
    ),
}
"""Trainings by the name that `--recipe` takes."""


def published_training(flag_values: flags.FlagValues) -> Published | None:
    """The training that the flag `recipe` names; None if there is none.

    Raises:
        UserError: if it needs weights that `--weights` does not give.
    """
    if "recipe" not in flag_values or flag_values["recipe"].value is None:
        return None
    name = flag_values["recipe"].value
    published = PUBLISHED[name]
    if published.weights is None and not flag_values["weights"].present:
        raise UserError(
            f"--recipe={name} trains the branches only, on a deeplab_largefov that "
            "was trained before: give --weights=RUN/last.keras of that run."
        )
    return published
