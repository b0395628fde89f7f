"""Settings of one training run, as plain data."""

import dataclasses
from typing import TYPE_CHECKING, Any

from absl import flags

from .defaults import settings_for
from .errors import UserError
from .published import Published, published_training

if TYPE_CHECKING:
    from tf_rloss.data import Source

MAX_CROP_SIZE = 513
"""Crop of the paper's follow-up code, pixels; larger images are cropped to it."""
CROP_MULTIPLE = 16
"""Automatic crops are a multiple of this, the coarsest output stride."""


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """Everything about a run that is neither data nor loss.

    `None` stands for "derive it from the data"; `resolve` does so.

    Attributes:
        output_dir: folder of the run: checkpoints, weights, metrics, history.
        epochs: number of epochs.
        model: name of the segmenter, one of `tf_rloss.models.NAMES`.
        weights: weights the segmenter is built with: "none", "imagenet" or a path.
        init_from: a `.keras` or `.weights.h5` file, or the folder of a run, whose
            weights to start from.
        batch_size: images per batch, over all devices and workers together.
        accumulate_steps: batches whose mean gradient makes a step, Caffe's `iter_size`.
            A step is one update of the weights: epochs, schedules, the ramp and
            checkpoints count these.
        crop_size: (height, width) of training crops, pixels.
        steps_per_epoch: steps of an epoch; None: each image once.
        optimizer: "adam" or "sgd".
        momentum: of "sgd".
        weight_decay: decoupled decay of kernels, times the learning rate.
        head_lr_multiplier: learning rate of layers named `head...` over the others'.
        learning_rate: at the first step.
        final_learning_rate: at the last step ("cosine" and "poly").
        schedule: "cosine", "poly" or "step".
        poly_power: exponent of "poly".
        step_epochs: epochs between two drops of "step".
        step_factor: factor of each drop of "step".
        ema_decay: decay per step of the averaged weights; 0 turns averaging off.
        ramp_epochs: epochs over which the weight of a regularizer grows from zero.
        scale_range: smallest and largest zoom of the augmentation.
        scales: zooms that the augmentation chooses from; None: any in `scale_range`.
        flip: whether images are mirrored at random.
        labelled_per_batch: number of labelled images in every batch, where there are
            unlabelled ones, too; None: as they come.
        color_jitter: strength of the colour augmentation; 1 is the usual one.
        seed: of initial weights, order of images and augmentation.
        stretch: whether whole images are resized to the crop, in place of zoom and
            crop.
        strategy: "auto", "one_device", "mirrored" or "multi_worker".
        validate_every: epochs between two validations.
        checkpoint_every: steps between two checkpoints within an epoch.
        tensorboard: whether to write TensorBoard summaries, where it is installed.
        flag_prefix: of the flags that set the epochs and learning rates.
    """

    output_dir: str
    epochs: int
    model: str = "small_deeplab"
    weights: str = "none"
    init_from: str | None = None
    batch_size: int = 12
    accumulate_steps: int = 1
    crop_size: tuple[int, int] | None = None
    steps_per_epoch: int | None = None
    optimizer: str = "adam"
    momentum: float = 0.9
    weight_decay: float = 0.0
    head_lr_multiplier: float = 1.0
    learning_rate: float = 2e-3
    final_learning_rate: float = 5e-4
    schedule: str = "cosine"
    poly_power: float = 0.9
    step_epochs: int = 10
    step_factor: float = 0.1
    ema_decay: float = 0.97
    ramp_epochs: float = 3.0
    scale_range: tuple[float, float] = (1.0, 1.4)
    scales: tuple[float, ...] | None = None
    flip: bool = True
    labelled_per_batch: int | None = None
    color_jitter: float = 1.0
    seed: int = 0
    stretch: bool = False
    strategy: str = "auto"
    validate_every: int = 1
    checkpoint_every: int = 200
    tensorboard: bool = True
    flag_prefix: str = ""

    def __post_init__(self):
        positive = ("epochs", "batch_size", "learning_rate", "step_epochs")
        positive += ("validate_every", "checkpoint_every", "accumulate_steps")
        for name in positive:
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

    @classmethod
    def from_flags(
        cls,
        flag_values: flags.FlagValues,
        phase: str,
        published: Published | None = None,
        **fields: Any,
    ) -> "RunConfig":
        """Reads the flags of `training_flags`; what was not given gets its default.

        With a published training, the default is what that did.

        Args:
            flag_values: parsed flags of a trainer.
            phase: "phase1" or "phase2": which flags set epochs and learning rates.
            published: default: the training that a flag `recipe` names, if any.
            **fields: fields to set whatever the flags say; `output_dir` is needed.
        """
        settings = settings_for(flag_values["weights"].value)
        published = published or published_training(flag_values)
        as_published = published.fields(phase) if published else {}
        values: dict[str, Any] = {"flag_prefix": f"{phase}_"}
        for field in dataclasses.fields(cls):
            own = field.name in PHASE_FIELDS
            usual = getattr(
                getattr(settings, phase) if own else settings, field.name, None
            )
            name = f"{phase}_{field.name}" if own else field.name
            given, chosen = None, False
            if name in flag_values:
                flag = flag_values[name]
                given, chosen = flag.value, bool(flag.present)
            if field.name in as_published and not chosen:
                given = as_published[field.name]
            if given is not None or usual is not None:
                values[field.name] = usual if given is None else given
        if _chosen(flag_values, "scale_range") and not _chosen(flag_values, "scales"):
            values["scales"] = None  # They would go before the range.
        try:
            return cls(**values | fields)
        except ValueError as error:
            raise UserError(str(error)) from error

    @property
    def total_steps(self) -> int:
        return self.epochs * self.steps_per_epoch

    def resolve(self, source: "Source") -> "RunConfig":
        """Returns the config with everything that depends on the data filled in."""
        crop = self.crop_size or tuple(_automatic_crop(side) for side in source.size)
        images = self.batch_size * self.accumulate_steps
        steps = self.steps_per_epoch or max(round(len(source) / images), 1)
        return dataclasses.replace(self, crop_size=tuple(crop), steps_per_epoch=steps)

    def flag_of(self, field: str) -> str:
        """The flag that sets a field, for messages."""
        return f"--{self.flag_prefix if field in PHASE_FIELDS else ''}{field}"


PHASE_FIELDS = ("epochs", "learning_rate", "final_learning_rate")
"""Fields that each phase of a training has its own flag for."""

RESUMABLE_FIELDS = frozenset(
    {"output_dir", "strategy", "checkpoint_every", "tensorboard", "flag_prefix"}
)
"""Fields that may change when a run is resumed: they do not alter what it computes."""


def _chosen(flag_values: flags.FlagValues, name: str) -> bool:
    """Whether the command line gives a flag."""
    return name in flag_values and bool(flag_values[name].present)


def _automatic_crop(side: int) -> int:
    if side >= MAX_CROP_SIZE:
        return MAX_CROP_SIZE
    return max(side // CROP_MULTIPLE * CROP_MULTIPLE, CROP_MULTIPLE)
