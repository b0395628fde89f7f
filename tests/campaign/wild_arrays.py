"""Arrays with the sizes, the types and the numbers that break things."""

import numpy as np
import tensorflow as tf

FLOATS = (np.float32, np.float64)
HALVES = (np.float16, tf.bfloat16.as_numpy_dtype)
KINDS = ("usual", "usual", "usual", "ties", "huge", "denormal", "zero", "mixed")
BANDWIDTHS = (0.7, 3.0, 15.0, 80.0, 1e4, 1e8, 1e30)


def sizes(random: np.random.Generator, most: int = 9) -> tuple[int, int, int]:
    """Returns batch size, height and width, some of them 0 or 1."""
    batch = int(random.choice([0, 1, 1, 2, 3]))
    rare = random.choice([0, 1], 2)
    usual = random.integers(1, most + 1, 2)
    height, width = np.where(random.random(2) < 0.15, rare, usual).tolist()
    return batch, height, width


def pixels(random: np.random.Generator, most: int = 9) -> tuple[int, ...]:
    """Returns the sizes of a batch of images, or in one of three cases of volumes."""
    batch, height, width = sizes(random, most)
    if random.random() > 1 / 3:
        return batch, height, width
    return batch, int(random.choice([0, 1, 2, 3, 3, 4])), height, width


def bandwidths(random: np.random.Generator, axes: int, channels: int) -> dict:
    """Returns bandwidths of images (2 axes) or volumes (3), as arguments of ops."""

    def several(count: int, choices: tuple[float, ...]) -> float | tuple[float, ...]:
        drawn = random.choice(choices, count).tolist()
        return tuple(drawn) if random.random() < 0.5 else drawn[0]

    position = {"sigma_xy": float(random.choice(BANDWIDTHS))}
    if axes == 3:
        position = {"sigma_xyz": several(3, BANDWIDTHS)}
    return position | {"sigma_color": several(channels, BANDWIDTHS[2:])}


def numbers(
    random: np.random.Generator, shape: tuple[int, ...], kind: str, dtype: type
) -> np.ndarray:
    """Returns an array of a kind of numbers.

    Args:
        random: random numbers.
        shape: shape of the array.
        kind: one of `KINDS`, or "bad" for NaN and infinities here and there.
        dtype: type of the array.
    """
    array = random.normal(0, 1, shape)
    tiny = float(np.finfo(np.float32).tiny)
    if kind == "ties":
        array = np.round(array)
    elif kind == "huge":
        array *= 1e4 if dtype in HALVES else 1e30
    elif kind == "denormal":
        array *= tiny / 16
    elif kind == "zero":
        array *= 0
    elif kind == "mixed":
        array *= 10.0 ** random.integers(-30, 4, shape)
    elif kind == "bad" and array.size:
        flat = array.reshape(-1)
        for place in random.integers(0, array.size, 1 + array.size // 20):
            flat[place] = random.choice([np.nan, np.inf, -np.inf])
    return array.astype(dtype)


def largest(array: np.ndarray) -> float:
    """Returns the largest absolute number of an array that is finite.

    Where numbers have both signs, their sums cancel, but not the roundings.
    """
    finite = array.astype(np.float64)[np.isfinite(array)]
    return float(np.abs(finite).max(initial=0.0))


def image(
    random: np.random.Generator, shape: tuple[int, ...], dtype: type, channels: int = 3
) -> np.ndarray:
    """Returns images (*shape, C) in [0, 255]: noise, one colour, or two halves."""
    kind = random.integers(0, 3)
    array = random.uniform(0, 255, (*shape, channels))
    if kind == 1:
        array[:] = random.integers(0, 256)
    elif kind == 2 and array.shape[-2] > 1:
        array[..., : array.shape[-2] // 2, :] = 10.0
    return array.astype(dtype)


def probs(
    random: np.random.Generator, shape: tuple[int, ...], dtype: type
) -> np.ndarray:
    """Returns probabilities (B, H, W, K), from even to one-hot."""
    logits = random.normal(0, float(random.choice([0, 1, 5, 200])), shape)
    if not logits.size:
        return logits.astype(dtype)
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return (exponentials / exponentials.sum(axis=-1, keepdims=True)).astype(dtype)


def describe(*arrays: np.ndarray) -> str:
    """Returns shapes and types, for a message."""
    return ", ".join(f"{array.dtype.name}{list(array.shape)}" for array in arrays)
