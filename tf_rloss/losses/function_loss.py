"""The base of all losses: a function of target and probabilities as a Keras loss."""

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

import keras
import tensorflow as tf

_ARGUMENTS_OF_KERAS = ("self", "reduction", "name", "dtype")


class FunctionLoss(keras.losses.Loss):
    """A Keras loss that calls a function with its options.

    A subclass names the function, takes the options as keyword-only arguments, and
    keeps each as an attribute:

        class DenseCRFLoss(FunctionLoss, function=dense_crf_loss):
            def __init__(self, *, scale=1.0, reduction=..., name=..., dtype=...):
                super().__init__(reduction=reduction, name=name, dtype=dtype)
                self.scale = scale
    """

    _function: ClassVar[Callable[..., tf.Tensor]]
    _option_names: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(
        cls, function: Callable[..., tf.Tensor] | None = None, **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        if function is not None:
            cls._function = staticmethod(function)
            arguments = inspect.signature(cls.__init__).parameters
            cls._option_names = tuple(
                name for name in arguments if name not in _ARGUMENTS_OF_KERAS
            )

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        return self._function(y_true, y_pred, **self._options())

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dtype": self.dtype, **self._options()}

    def _options(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._option_names}
