"""Seven ways to run a function of tensors, and a verdict on errors and results."""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

MODES = ("eager", "function", "unknown", "rankless", "jit", "map", "while")
EXPECTED = (ValueError, TypeError, tf.errors.InvalidArgumentError)
"""Errors that a wrong argument may raise."""
FORBIDDEN = (
    "Unsupported backend config",
    "Check failed",
    "Traceback",
    "core dumped",
    "Internal error",
)
"""Texts that tell of a fault in the package."""

Function = Callable[..., Sequence[tf.Tensor]]


def in_mode(
    mode: str, function: Function, *arrays: np.ndarray, autograph: bool = False
) -> list[np.ndarray]:
    """Calls a function of tensors that returns a list of tensors.

    Args:
        mode: one of `MODES`. "unknown" traces it with tensors of which only the last
            size is known, "rankless" with tensors of unknown rank; "map" and "while"
            call it in `tf.map_fn` and `tf.while_loop`.
        function: the function; it gets one tensor for each array.
        *arrays: the arguments.
        autograph: whether TensorFlow rewrites the function, its default, which takes
            most of the time of tracing.

    Returns:
        The results as arrays.
    """
    tensors = [tf.constant(array) for array in arrays]
    if mode == "eager":
        results = function(*tensors)
    elif mode == "function":
        results = tf.function(function, autograph=autograph)(*tensors)
    elif mode == "unknown":
        shapes = [[None] * len(t.shape[:-1]) + list(t.shape[-1:]) for t in tensors]
        results = _traced(function, shapes, tensors)
    elif mode == "rankless":
        results = _traced(function, [None] * len(tensors), tensors)
    elif mode == "jit":
        compiled = tf.function(function, jit_compile=True, autograph=autograph)
        results = compiled(*tensors)
    elif mode == "map":
        results = _mapped(function, tensors)
    else:
        results = _looped(function, tensors)
    return [result.numpy() for result in results]


def _traced(
    function: Function, shapes: list, tensors: list[tf.Tensor]
) -> Sequence[tf.Tensor]:
    """Calls it as a graph for tensors of partly unknown shapes."""
    specs = [
        tf.TensorSpec(shape, tensor.dtype)
        for shape, tensor in zip(shapes, tensors, strict=True)
    ]
    return tf.function(function, input_signature=specs, autograph=False)(*tensors)


def _mapped(function: Function, tensors: list[tf.Tensor]) -> list[tf.Tensor]:
    """Calls it for each of two equal elements; returns the results of the second."""
    kinds = [tf.TensorSpec(None, result.dtype) for result in function(*tensors)]

    @tf.function(autograph=False)
    def mapped(*stacked: tf.Tensor) -> list[tf.Tensor]:
        return tf.map_fn(
            lambda parts: list(function(*parts)), stacked, fn_output_signature=kinds
        )

    stacked = [tf.stack([tensor, tensor]) for tensor in tensors]
    return [result[1] for result in mapped(*stacked)]


def _looped(function: Function, tensors: list[tf.Tensor]) -> list[tf.Tensor]:
    """Calls it three times in a loop; returns the last results."""
    first = [tf.zeros_like(result) for result in function(*tensors)]

    @tf.function(autograph=False)
    def looped(*arguments: tf.Tensor) -> list[tf.Tensor]:
        def body(step: tf.Tensor, *_: tf.Tensor) -> list[tf.Tensor]:
            return [step + 1, *function(*arguments)]

        shapes = [tf.TensorShape([]), *(tf.TensorShape(None) for _ in first)]
        return tf.while_loop(
            lambda step, *_: step < 3,
            body,
            [tf.constant(0), *first],
            shape_invariants=shapes,
        )[1:]

    return looped(*tensors)


def fault_of(error: BaseException) -> str | None:
    """Returns what is wrong with an error that a wrong argument raised, or None."""
    text = str(error)
    if not isinstance(error, EXPECTED) or type(error) in (UnicodeDecodeError,):
        return f"raised {type(error).__name__}: {text:.300}"
    if len(text.strip()) < 10:
        return f"raised {type(error).__name__} without a message"
    for forbidden in FORBIDDEN:
        if forbidden in text:
            return f"raised a message with {forbidden!r}: {text:.300}"
    return None


def mismatch(
    expected: Sequence[np.ndarray],
    found: Sequence[np.ndarray],
    tolerance: float,
    size: float = 0.0,
) -> str | None:
    """Compares results; returns the first difference, or None.

    Args:
        expected: arrays; NaN and infinities have to be in the same places.
        found: as many arrays.
        tolerance: largest difference over the largest finite number of an array.
        size: a larger number than that, from which the array was computed.
    """
    # A reference may follow the first results only.
    for number, (one, other) in enumerate(zip(expected, found, strict=False)):
        # float16 has no number between 0 and its smallest one.
        half = np.float16 in (one.dtype, other.dtype)
        rounding = float(np.finfo(np.float16).smallest_subnormal) if half else 0.0
        one, other = one.astype(np.float64), other.astype(np.float64)
        if one.shape != other.shape:
            return f"result {number} has shape {other.shape}, not {one.shape}"
        finite = np.isfinite(one)
        if not np.array_equal(finite, np.isfinite(other)):
            place = tuple(np.argwhere(finite != np.isfinite(other))[0].tolist())
            return f"result {number} at {place} is {other[place]}, not {one[place]}"
        if not finite.any():
            continue
        difference = np.abs(one - other)[finite].max() - rounding
        # A denormal number may be flushed to zero.
        allowed = tolerance * max(np.abs(one[finite]).max(), size) + 1e-36
        if difference > allowed:
            return f"result {number} differs by {difference:.3g}, above {allowed:.3g}"
    return None
