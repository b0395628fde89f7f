"""Random calls of filters and forms, with what the plain references say of them."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from tests.campaign import wild_arrays as wild
from tf_rloss import ops
from tf_rloss.ops import reference

TOLERANCE = {"float32": 2e-5, "float64": 1e-11, "float16": 4e-3, "bfloat16": 3e-2}
"""Of sums of a hundred numbers, over the largest result: some roundings of the type."""


@dataclasses.dataclass
class Call:
    """A call of an op.

    Attributes:
        name: the op.
        function: takes one tensor for each of `arrays`, and returns a list of tensors.
        arrays: the arguments that are tensors.
        expected: computes the results by a plain reference; None if there is none.
        tolerance: largest difference of results over the largest result.
        size: size of the numbers that results are sums and differences of.
        wrong: whether the arguments are wrong, so that the op has to refuse them.
        options: the other arguments, for messages.
    """

    name: str
    function: Callable[..., Sequence[tf.Tensor]]
    arrays: list[np.ndarray]
    expected: Callable[[], list[np.ndarray]] | None = None
    tolerance: float = 0.0
    size: float = 0.0
    wrong: bool = False
    options: dict = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        kind = "wrong " if self.wrong else ""
        arrays = wild.describe(*self.arrays)
        return f"{kind}{self.name}({arrays}; {self.options})"


def _order(random: np.random.Generator) -> dict[str, bool]:
    chosen = str(random.choice(["", "transpose", "symmetric"]))
    return {chosen: True} if chosen else {}


def filter_call(random: np.random.Generator) -> Call:
    """Returns a call of `permutohedral_filter`."""
    dtype = random.choice(np.array([*wild.FLOATS, *wild.HALVES], object))
    batch, height, width = wild.sizes(random)
    points, channels = height * width, int(random.choice([0, 1, 2, 3, 5, 8, 21]))
    dim = int(random.integers(1, 9))
    kind = str(random.choice([*wild.KINDS, "bad"]))
    spread = float(random.choice([1e-3, 0.5, 3.0, 50.0]))
    of_features = np.float64 if dtype == np.float64 else np.float32
    features = random.normal(0, spread, (batch, points, dim)).astype(of_features)
    values = wild.numbers(random, (batch, points, channels), kind, dtype)
    options = _order(random) | {"equalized": bool(random.random() < 0.3)}
    call = Call(
        "permutohedral_filter",
        lambda values, features: [
            ops.permutohedral_filter(values, features, **options)
        ],
        [values, features],
        tolerance=TOLERANCE[values.dtype.name],
        size=wild.largest(values),
        options=options | {"numbers": kind},
    )
    if kind not in ("huge", "denormal", "bad"):
        call.expected = lambda: [
            stacked(
                [
                    reference.lattice_filter(v.astype(np.float64), f, **options)
                    for v, f in zip(values, features, strict=True)
                ],
                values.shape,
            )
        ]
    return perhaps_wrong(random, call)


def lattice_call(random: np.random.Generator) -> Call:
    """Returns a call of `PermutohedralLattice.filter`."""
    call = filter_call(random)
    options = {k: v for k, v in call.options.items() if k in ("transpose", "symmetric")}
    equalized = call.options["equalized"]
    dtype = tf.as_dtype(call.arrays[0].dtype)

    def function(values: tf.Tensor, features: tf.Tensor) -> list[tf.Tensor]:
        lattice = ops.PermutohedralLattice(features, dtype, equalized=equalized)
        return [lattice.filter(lattice.filter(values, **options), **options)]

    call.name, call.function = "PermutohedralLattice", function
    # A sum of sums; the plain filter is compared by filter_call.
    call.expected = None
    call.tolerance *= 10
    return call


def image_problem(random: np.random.Generator, classes: int) -> tuple:
    """Returns type, image, values, bandwidths of a random problem."""
    dtype = wild.FLOATS[random.integers(2)]
    shape = wild.pixels(random)
    axes = len(shape) - 1
    channels = int(random.integers(1, 9 - axes))
    image = wild.image(random, shape, dtype, channels)
    kind = str(random.choice([*wild.KINDS, "bad"]))
    values = wild.numbers(random, (*shape, classes), kind, dtype)
    return dtype, image, values, wild.bandwidths(random, axes, channels), kind


def plain_features(
    image: np.ndarray, sigma_xy=None, sigma_color=1.0, sigma_xyz=None
) -> np.ndarray:
    """Returns the features (B, N, D) of an image, of its type."""
    real = image.dtype.type
    axes = image.ndim - 2

    def scales(sigma, count):  # as the ops take them
        sigma = np.broadcast_to(np.float32(sigma), count)
        return real(1) / sigma.astype(real)

    grids = np.indices(image.shape[1:-1])[::-1].astype(real)  # x, y (and z)
    position = np.moveaxis(grids, 0, -1)
    position = position * scales(sigma_xy if sigma_xyz is None else sigma_xyz, axes)
    if axes == 3 and image.shape[1] == 1:
        position = position[..., :2]  # a slice is an image
    position = np.broadcast_to(position, (*image.shape[:-1], position.shape[-1]))
    features = np.concatenate(
        [position, image * scales(sigma_color, image.shape[-1])], -1
    )
    points = int(np.prod(image.shape[1:-1]))
    return features.reshape(len(image), points, features.shape[-1]).astype(real)


def bilateral_call(random: np.random.Generator) -> Call:
    """Returns a call of `bilateral_filter`."""
    _, image, values, sigmas, kind = image_problem(random, int(random.integers(1, 6)))
    equalized = bool(random.random() < 0.3)

    def function(values: tf.Tensor, image: tf.Tensor) -> list[tf.Tensor]:
        return [ops.bilateral_filter(values, image, **sigmas, equalized=equalized)]

    def expected() -> list[np.ndarray]:
        features = plain_features(image, **sigmas)
        flat = values.reshape(*features.shape[:2], values.shape[-1]).astype(float)
        options = {"symmetric": True, "equalized": equalized}
        filtered = [
            reference.lattice_filter(v, f, **options)
            for v, f in zip(flat, features, strict=True)
        ]
        return [stacked(filtered, flat.shape).reshape(values.shape)]

    call = Call(
        "bilateral_filter",
        function,
        [values, image],
        expected if kind not in ("huge", "denormal", "bad") else None,
        TOLERANCE[values.dtype.name],
        wild.largest(values),
        options=sigmas | {"equalized": equalized, "numbers": kind},
    )
    return perhaps_wrong(random, call)


def forms_call(random: np.random.Generator) -> Call:
    """Returns a call of `bilateral_forms` and of its gradient."""
    _, image, values, sigmas, kind = image_problem(random, int(random.integers(1, 6)))
    region = random.integers(0, 2, (*image.shape[:-1], 1)).astype(image.dtype)
    masked = random.random() < 0.5
    arrays = [values, image, *([region] if masked else [])]

    def function(values: tf.Tensor, image: tf.Tensor, *region: tf.Tensor) -> list:
        given = {"region": region[0]} if region else {}
        with tf.GradientTape() as tape:
            tape.watch(values)
            forms = ops.bilateral_forms(values, image, **sigmas, **given)
            total = tf.reduce_sum(forms.within) + tf.reduce_sum(forms.degree)
        return [*forms, tape.gradient(total, values)]

    def expected() -> list[np.ndarray]:
        features = plain_features(image, **sigmas)
        shape = features.shape[:2]
        inside = region if masked else np.ones_like(region)
        inside = inside.reshape(*shape, 1).astype(np.float64)
        S = values.reshape(*shape, values.shape[-1]) * inside
        W = [
            lambda v, f=f: reference.lattice_filter(v, f, symmetric=True)
            for f in features
        ]
        WS = stacked([w(s) for w, s in zip(W, S, strict=True)], S.shape) * inside
        d = stacked([w(o) for w, o in zip(W, inside, strict=True)], inside.shape)
        d = d * inside
        return [
            (S * WS).sum(1),
            (S * d).sum(1),
            d.sum((1, 2)),
            d.reshape(region.shape),
            (2 * WS + d).reshape(values.shape),
        ]

    exact = kind not in ("huge", "denormal", "bad", "mixed") and values.size
    call = Call(
        "bilateral_forms",
        function,
        arrays,
        expected if exact else None,
        5 * TOLERANCE[values.dtype.name],  # sums of products
        options=sigmas | {"numbers": kind},
        # The gradient 2 W S + d is a difference where S is negative; d is 1 at least.
        size=1.0 + 2.0 * wild.largest(values) if exact else 0.0,
    )
    return perhaps_wrong(random, call)


def features_call(random: np.random.Generator) -> Call:
    """Returns a call of `bilateral_features` and `spatial_features`."""
    _, image, _, sigmas, _ = image_problem(random, 1)
    image = image.astype(np.float32)
    arrays = [image]
    if random.random() < 0.5:  # Bandwidths may be tensors, too.
        arrays += [np.float32(sigma) for sigma in sigmas.values()]

    def function(image: tf.Tensor, *given: tf.Tensor) -> list[tf.Tensor]:
        both = dict(zip(sigmas, given or sigmas.values(), strict=True))
        position = {name: both[name] for name in both if name != "sigma_color"}
        return [
            ops.bilateral_features(image, **both),
            ops.spatial_features(image, **position),
        ]

    def expected() -> list[np.ndarray]:
        features = plain_features(image, **sigmas)
        return [features, features[..., : features.shape[-1] - image.shape[-1]]]

    call = Call("bilateral_features", function, arrays, expected, 1e-6, options=sigmas)
    return perhaps_wrong(random, call)


def perhaps_wrong(random: np.random.Generator, call: Call) -> Call:
    """Returns the call, in one of four cases with arguments that are wrong."""
    if random.random() > 0.25:
        return call
    place = int(random.integers(2)) if len(call.arrays) > 1 else 0
    if call.name == "bilateral_features":
        place = 0
    if call.name == "PairwiseKernel":
        place = 1  # Values of another rank are repeated, as by all ops of TensorFlow.
    if call.name == "mean_field" and not call.options["num_iterations"]:
        return call  # Nobody looks at the image.
    if call.name == "mean_field" and not call.options["bilateral_weight"]:
        return call
    array = call.arrays[place]
    kinds = ["rank", "rank"]
    # Without a row, another width is as empty as before.
    if call.name != "bilateral_features" and (
        call.name != "mean_field" or array.shape[1]
    ):
        kinds += ["sizes"]
    features = call.name in ("permutohedral_filter", "PairwiseKernel")
    if call.name in ("bilateral_filter", "bilateral_forms") or features:
        kinds += ["not finite"] if call.arrays[1].size and call.arrays[0].size else []
    kind = str(random.choice(kinds))
    if kind == "rank":
        call.arrays[place] = array[None] if random.random() < 0.5 else array.reshape(-1)
    elif kind == "sizes":
        more = [(0, int(axis == array.ndim - 2)) for axis in range(array.ndim)]
        call.arrays[place] = np.pad(array, more)
    else:
        bad = call.arrays[1].copy()
        bad.reshape(-1)[random.integers(bad.size)] = random.choice([np.nan, np.inf])
        call.arrays[1] = bad
    call.wrong, call.expected = True, None
    call.options = call.options | {"fault": kind}
    return call


def stacked(arrays: list[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    """Stacks arrays, of which there may be none."""
    return np.stack(arrays).reshape(shape) if arrays else np.zeros(shape)
