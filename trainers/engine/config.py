"""Settings of one training run, as plain data."""

import dataclasses
from typing import TYPE_CHECKING, Any

from .. import defaults
from ..errors import UserError
from ..options import Given, build, flags_of, option

if TYPE_CHECKING:
    from tf_rloss.data import Source

OPTIMIZERS = ("adam", "sgd")
SCHEDULES = ("cosine", "poly", "step")
BATCH_NORMS = ("running", "frozen")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
STRATEGIES = ("auto", "one_device", "mirrored", "multi_worker")
CROP_MULTIPLE = 16
"""Automatic crops are a multiple of this, the coarsest output stride."""


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """Settings of a run that are neither data nor loss.

    None stands for a value that is derived from other options or from the data;
    `layered` and `resolve` fill it in. Fields without help have no flag of their own.
    """

    output_dir: str = option(None, "Folder for results.")
    model: str = option(
        defaults.MODEL,
        "Network, one of tf_rloss.models.NAMES, which docs/training.md lists, or "
        "module:function, a function of yours of the number of classes that returns a "
        "Keras model from images to probabilities.",
    )
    weights: str | None = option(
        None,
        "Weights that the network starts from: `none` for random ones, `imagenet` for "
        "those of its backbone (Keras downloads them, or a package has them), or a "
        "file. Default: none, or those of --recipe.",
    )
    batch_norm: str = option(
        defaults.BATCH_NORM,
        "Batch normalization in a pretrained backbone. running: by the statistics of "
        "each batch, and its factors learn. frozen: by the statistics and factors that "
        "it starts from.",
        choices=BATCH_NORMS,
    )
    init_from: str | None = option(
        None,
        "Weights that phase 2 starts from, in place of phase 1: the folder of another "
        "run, a .keras file or a .weights.h5 file.",
    )
    epochs: int = option(None, "Epochs.", at_least=0, per_phase=True)
    learning_rate: float = option(
        None, "First learning rate.", at_least=1e-12, per_phase=True
    )
    final_learning_rate: float = option(
        None, "Last learning rate.", at_least=0, per_phase=True
    )
    batch_size: int = option(
        defaults.BATCH_SIZE,
        "Images per batch, over all devices and workers together.",
        at_least=1,
    )
    accumulate_steps: int = option(
        1,
        "Batches whose mean gradient makes one step (Caffe's iter_size), for networks "
        "whose memory allows small batches only. Epochs, schedules, the ramp and "
        "checkpoints count steps.",
        at_least=1,
    )
    crop_size: tuple[int, int] | None = option(
        None,
        "Height and width of training crops in pixels, or one number for both. "
        f"Default: the images' size, at most {defaults.MAX_CROP_SIZE}.",
    )
    steps_per_epoch: int | None = option(
        None,
        "Steps (updates of the weights) in an epoch. Default: as many as show each "
        "image once.",
        at_least=1,
    )
    optimizer: str = option(None, "Optimizer; sgd has momentum.", choices=OPTIMIZERS)
    momentum: float = option(
        defaults.MOMENTUM, "Momentum of sgd.", at_least=0, at_most=1
    )
    weight_decay: float = option(
        None,
        "Decoupled weight decay: each step shrinks the kernels by this times the "
        "learning rate.",
        at_least=0,
    )
    head_lr_multiplier: float = option(
        None, "Learning rate of the head over that of the other layers.", at_least=0
    )
    schedule: str = option(
        None,
        "Schedule by which the learning rate falls.",
        choices=SCHEDULES,
    )
    poly_power: float = option(defaults.POLY_POWER, "Exponent of the poly schedule.")
    step_epochs: int = option(
        defaults.STEP_EPOCHS,
        "Epochs between two drops of the step schedule.",
        at_least=1,
    )
    step_factor: float = option(
        defaults.STEP_FACTOR, "Factor of each drop of the step schedule."
    )
    ema_decay: float = option(
        defaults.EMA_DECAY,
        "Decay per step of the averaged weights, which are those evaluated and saved; "
        "0 turns averaging off.",
        at_least=0,
        at_most=0.9999999,
    )
    ramp_epochs: float = option(
        defaults.RAMP_EPOCHS,
        "Epochs over which the weight of the regularizer grows from zero; for "
        "trainers.tag that of the third loss.",
        at_least=0,
    )
    class_weights: tuple[float, ...] | None = option(
        None,
        "Weight of each class in the cross-entropy of labels, such as 1,5,5, for "
        "classes that are rare or matter more. Default: all weigh the same.",
    )
    color_jitter: float = option(
        defaults.COLOR_JITTER,
        "Strength of the colour augmentation; 0 turns it off.",
        at_least=0,
        at_most=5,
    )
    flip: bool = option(True, "Mirrors images at random.")
    vertical_flip: bool = option(
        False,
        "Turns images upside down at random, for images that have no top, such as "
        "those of a microscope or from the air.",
    )
    rotation: float = option(
        0.0,
        "Largest angle in degrees by which images are turned at random, to either "
        "side.",
        at_least=0,
        at_most=180,
    )
    scale_range: tuple[float, float] = option(
        defaults.SCALE_RANGE, "Smallest and largest zoom of the augmentation."
    )
    scales: tuple[float, ...] | None = option(
        None, "Zooms that the augmentation chooses from, in place of --scale_range."
    )
    stretch: bool = option(
        False,
        "Resizes whole images to --crop_size, whatever their shape, so that no object "
        "is cut off; without it, crops are cut out of zoomed images.",
    )
    seed: int = option(0, "Seed of initial weights, order of images and augmentation.")
    strategy: str = option(
        "auto",
        "Devices to train on. mirrored: all GPUs of this machine. multi_worker: the "
        "machines in the variable TF_CONFIG, which then share --output_dir. auto: "
        "multi_worker where TF_CONFIG is set, else one_device.",
        choices=STRATEGIES,
    )
    precision: str = option(
        "float32",
        "Precision of the layers in training. The mixed ones compute in half precision "
        "and keep weights in float32, as are losses, validation and saved networks; "
        "mixed_float16 scales the loss and leaves out steps that overflow.",
        choices=PRECISIONS,
    )
    validate_every: int = option(
        defaults.VALIDATE_EVERY, "Epochs between two validations.", at_least=1
    )
    checkpoint_every: int = option(
        defaults.CHECKPOINT_EVERY,
        "Steps between two checkpoints within an epoch; one more ends each epoch.",
        at_least=1,
    )
    tensorboard: bool = option(
        True, "Writes TensorBoard summaries, where TensorBoard is installed."
    )
    labelled_per_batch: int | None = None
    """Number of labelled images in every batch; None: images come as they are."""
    channels: int = defaults.CHANNELS
    """Number of channels of the images."""
    phase: str = ""
    """The phase whose flags set epochs and learning rates, for messages."""

    def __post_init__(self):
        for name in _DERIVED:
            if getattr(self, name) is None:
                object.__setattr__(self, name, self._usual(name))
        for name in _POSITIVE:
            if not getattr(self, name) > 0:
                raise ValueError(
                    f"`{name}` must be above 0. Received: {name}={getattr(self, name)}"
                )
        if not 0.0 < self.scale_range[0] <= self.scale_range[1]:
            raise ValueError(
                "`scale_range` must be the smallest and the largest zoom, above 0. "
                f"Received: scale_range={self.scale_range}"
            )
        if not 0.0 <= self.ema_decay < 1.0:
            raise ValueError(
                "`ema_decay` must be at least 0 and below 1. "
                f"Received: ema_decay={self.ema_decay}"
            )

    def _usual(self, name: str) -> Any:
        """Returns the default that depends on the weights the network starts from."""
        usual = defaults.for_weights(self.weights)
        phase = self.phase or "phase1"
        return usual.get(name, usual.get(f"{phase}_{name}"))

    @classmethod
    def layered(
        cls, given: Given, phase: str, published: Given | None = None, **fields: Any
    ) -> "RunConfig":
        """Returns the config of a phase; given flags go before published ones.

        Flags that neither has keep their usual values.

        Args:
            given: flag -> value, as the user gave them.
            phase: "phase1", "phase2", "classifier" or "segmenter", the phase whose
                flags set epochs and learning rates.
            published: flag -> value of a published training, for the same phase.
            **fields: fields to set whatever the flags say.

        Raises:
            UserError: if a value is out of range.
        """
        published = dict(published or {})
        if "scale_range" in given and "scales" not in given:
            published["scales"] = None  # `scales` would win over the given range.
        return build(cls, published, given, of_phase=phase, phase=phase, **fields)

    @property
    def total_steps(self) -> int:
        """Number of updates of the weights in the whole run."""
        return self.epochs * self.steps_per_epoch

    def resolve(self, source: "Source") -> "RunConfig":
        """Returns the config with everything that depends on the data filled in.

        Raises:
            UserError: if there is not one class weight for each class.
        """
        weights, classes = self.class_weights, source.num_classes
        if weights is not None and len(weights) != classes:
            raise UserError(
                f"--class_weights must be {classes} numbers, one for each class. "
                f"Received: {len(weights)} numbers"
            )
        crop = self.crop_size or tuple(_automatic_crop(side) for side in source.size)
        images = self.batch_size * self.accumulate_steps
        steps = self.steps_per_epoch or max(round(len(source) / images), 1)
        return dataclasses.replace(
            self,
            crop_size=tuple(crop),
            steps_per_epoch=steps,
            channels=source.image_form.num_channels,
        )

    @property
    def described(self) -> dict[str, Any]:
        """Every setting that alters what a run computes, by the name of its flag."""
        values = {
            flag: getattr(self, field.name)
            for flag, field in flags_of(type(self), self.phase).items()
            if field.name not in RESUMABLE_FIELDS
        }
        return values | {"labelled_per_batch": self.labelled_per_batch}


_DERIVED = ("epochs", "learning_rate", "final_learning_rate")
_DERIVED += ("optimizer", "schedule", "weight_decay", "head_lr_multiplier")
"""Fields whose default depends on the weights that the network starts from."""

_POSITIVE = ("epochs", "batch_size", "learning_rate", "step_epochs")
_POSITIVE += ("validate_every", "checkpoint_every", "accumulate_steps")

RESUMABLE_FIELDS = frozenset(
    {"output_dir", "strategy", "checkpoint_every", "tensorboard"}
)
"""Fields that may change when a run is resumed: they do not alter what it computes."""


def _automatic_crop(side: int) -> int:
    if side >= defaults.MAX_CROP_SIZE:
        return defaults.MAX_CROP_SIZE
    return max(side // CROP_MULTIPLE * CROP_MULTIPLE, CROP_MULTIPLE)
