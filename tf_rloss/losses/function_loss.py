"""The base of all losses: a function of target and probabilities as a Keras loss."""

import dataclasses
from collections.abc import Callable
from typing import Any, ClassVar

import keras
import tensorflow as tf
from tensorflow.types.experimental import TensorLike
from typing_extensions import dataclass_transform

from tf_rloss.losses.option_checks import CHECKS, check_options


@dataclass_transform(kw_only_default=True, eq_default=False)
@dataclasses.dataclass(kw_only=True, eq=False, repr=False)
class FunctionLoss(keras.losses.Loss):
    """A Keras loss that calls a function with its options.

    A subclass is a dataclass. It names the function and declares the options, which
    become keyword-only arguments and attributes:

        class DenseCRFLoss(FunctionLoss, function=dense_crf_loss):
            scale: float = 1.0
            name: str = "dense_crf_loss"

            def _check(self) -> None:
                check_fraction("scale", self.scale, zero=False)

    `_split` gives to the function what is no option: what the target holds.

    Args:
        reduction: as in every Keras loss.
        name: name of the loss.
        dtype: as in every Keras loss.
    """

    reduction: str | None = "sum_over_batch_size"
    name: str
    dtype: dataclasses.InitVar[str | None] = "float32"

    _function: ClassVar[Callable[..., tf.Tensor]]
    _weighs_pixels: ClassVar[bool] = False
    """Whether the function has an argument `sample_weight` (B, H, W)."""
    _option_names: ClassVar[tuple[str, ...]]
    _target_options: ClassVar[tuple[str, ...]] = ()
    """Names of the options that say what the target holds, for `_split` alone."""

    def __init_subclass__(
        cls, function: Callable[..., tf.Tensor] | None = None, **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        dataclasses.dataclass(cls, kw_only=True, eq=False, repr=False)
        names = [field.name for field in dataclasses.fields(cls)]
        cls._option_names = tuple(n for n in names if n not in ("reduction", "name"))
        if function is not None:
            cls._function = staticmethod(function)

    def __post_init__(self, dtype: str | None) -> None:
        super().__init__(reduction=self.reduction, name=self.name, dtype=dtype)
        for name, value in self._options().items():
            if isinstance(value, list):  # as JSON gives tuples back
                setattr(self, name, tuple(value))
        self._check()

    def _check(self) -> None:
        """Raises ValueError if an option is out of range."""
        options = self._options()
        check_options(**{name: options[name] for name in options if name in CHECKS})

    def __call__(
        self,
        y_true: TensorLike,
        y_pred: TensorLike,
        sample_weight: TensorLike | None = None,
    ) -> tf.Tensor:
        if sample_weight is None:
            return super().__call__(y_true, y_pred)
        weight = tf.convert_to_tensor(sample_weight)
        rank = weight.shape.rank
        if rank in (3, 4) and self._weighs_pixels:
            # Keras converts a tuple of targets as it converts one.
            return super().__call__((y_true, weight), y_pred)
        if rank in (None, 0, 1) or (rank == 2 and weight.shape[1] in (None, 1)):
            return super().__call__(y_true, y_pred, weight)
        expected = "one number for each image, (B,)"
        if self._weighs_pixels:
            expected += ", or for each pixel, (B, H, W), or (B, D, H, W) of volumes"
        raise ValueError(
            f"`sample_weight` of {self.name!r} must be {expected}. The `class_weight` "
            "of `fit` knows no label maps: `PartialCrossentropy(class_weight=...)` "
            f"does. Received: sample_weight.shape={tuple(weight.shape)}"
        )

    def call(self, y_true: TensorLike, y_pred: TensorLike) -> tf.Tensor:
        target, given = self._split(y_true)
        options = self._options()
        for name in self._target_options:
            del options[name]
        return self._function(target, y_pred, **given, **options)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dtype": self.dtype, **self._options()}

    def _split(self, y_true: TensorLike) -> tuple[TensorLike, dict[str, TensorLike]]:
        """Returns the function's target, and arguments that came with it."""
        if isinstance(y_true, tuple):  # From `__call__`, with a weight of each pixel.
            return y_true[0], {"sample_weight": y_true[1]}
        return y_true, {}

    def _options(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._option_names}


del FunctionLoss.dtype  # The default of the argument would hide Keras' property.


class SegmentationLoss(FunctionLoss):
    """A `FunctionLoss` of softmax probabilities (B, H, W, K), or of logits.

    Args:
        from_logits: whether the network's outputs are logits.
        reduction: as in every Keras loss.
        name: name of the loss.
        dtype: as in every Keras loss.
    """

    from_logits: bool = False


class ImageLoss(SegmentationLoss):
    """A `SegmentationLoss` whose target is the image, perhaps with its region.

    Args:
        region_channel: whether the last channel of the target is the region of
            interest: 1 inside, and 0 where pixels neither give nor receive.
        from_logits: whether the network's outputs are logits.
        reduction: as in every Keras loss.
        name: name of the loss.
        dtype: as in every Keras loss.
    """

    region_channel: bool = False
    _target_options = ("region_channel",)

    def _split(self, y_true: TensorLike) -> tuple[TensorLike, dict[str, TensorLike]]:
        target, given = super()._split(y_true)
        if not self.region_channel:
            return target, given
        image, region = split_channel(target, "region_channel")
        return image, {**given, "region": region}


def split_channel(target: TensorLike, option: str) -> tuple[tf.Tensor, tf.Tensor]:
    """Splits the last channel off a target.

    Args:
        target: (B, H, W, C), or (B, D, H, W, C) of volumes.
        option: the option that asks for it, for the error.

    Returns:
        The other channels, and the last as one channel.

    Raises:
        ValueError: if there is no other channel.
    """
    target = tf.convert_to_tensor(target)
    if target.shape.rank is not None and (
        target.shape.rank not in (4, 5) or target.shape[-1] == 1
    ):
        raise ValueError(
            f"With `{option}=True` the target must be (B, H, W, C), or (B, D, H, W, C) "
            "of volumes, and its last channel comes after those of the image. "
            f"Received: target.shape={tuple(target.shape)}"
        )
    return target[..., :-1], target[..., -1:]
