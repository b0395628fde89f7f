"""The base of all losses: a function of target and probabilities as a Keras loss."""

import dataclasses
import typing
from collections.abc import Callable
from typing import Any, ClassVar

import keras
import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss.losses.option_checks import CHECKS, check_options


@typing.dataclass_transform(kw_only_default=True, eq_default=False)
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
        if rank == 3 and self._weighs_pixels:
            # Keras converts a tuple of targets as it converts one.
            return super().__call__((y_true, weight), y_pred)
        if rank in (None, 0, 1) or (rank == 2 and weight.shape[1] in (None, 1)):
            return super().__call__(y_true, y_pred, weight)
        expected = "one number for each image, (B,)"
        if self._weighs_pixels:
            expected += ", or for each pixel, (B, H, W)"
        raise ValueError(
            f"`sample_weight` of {self.name!r} must be {expected}. The `class_weight` "
            "of `fit` knows no label maps: `PartialCrossentropy(class_weight=...)` "
            f"does. Received: sample_weight.shape={tuple(weight.shape)}"
        )

    def call(self, y_true: TensorLike, y_pred: TensorLike) -> tf.Tensor:
        if isinstance(y_true, tuple):  # From `__call__`, with a weight of each pixel.
            y_true, weight = y_true
            return self._function(
                y_true, y_pred, sample_weight=weight, **self._options()
            )
        return self._function(y_true, y_pred, **self._options())

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dtype": self.dtype, **self._options()}

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
