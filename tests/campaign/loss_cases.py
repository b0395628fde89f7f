"""Random calls of every loss and its gradient, as a function and as a Keras class."""

import functools
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from tests.campaign import plain_losses as plain
from tests.campaign import wild_arrays as wild
from tests.campaign.op_cases import Call
from tf_rloss import losses

TOLERANCE = {"float32": 1e-4, "float64": 1e-9, "float16": 4e-3, "bfloat16": 3e-2}
"""Of losses and gradients over the largest of them; XLA sums in another order."""


def make_call(random: np.random.Generator) -> Call:
    """Returns a random call of one of the losses."""
    makers = (energy_call, energy_call, label_call, tag_call, mean_field_call)
    return makers[random.integers(len(makers))](random)


def _function(loss: Callable, **options: object) -> Callable:
    """Returns a function of target and probabilities to the loss and its gradient."""

    def value_and_gradient(target: tf.Tensor, probs: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(probs)
            value = loss(target, probs, **options)
        gradient = tape.gradient(value, probs)
        return [value, tf.zeros_like(probs) if gradient is None else gradient]

    return value_and_gradient


def _call(
    random: np.random.Generator,
    function: Callable,
    cls: type,
    arrays: list[np.ndarray],
    options: dict,
    expected: Callable[[], np.ndarray] | None = None,
) -> Call:
    """Returns a call of a loss, in one of four cases of its class."""
    loss = function
    given = options
    if random.random() < 0.25:
        dtype = "float64" if arrays[1].dtype == np.float64 else "float32"
        loss, given = cls(**options, dtype=dtype).call, {}
    call = Call(
        function.__name__,
        _function(loss, **given),
        arrays,
        None if expected is None else lambda: [expected()],
        TOLERANCE[arrays[1].dtype.name],
        size=1.0,
        options=options,
    )
    return _perhaps_wrong(random, call)


def _problem(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Returns an image, or a volume, and its probabilities."""
    shape = wild.pixels(random)
    channels = int(random.integers(1, 10 - len(shape)))
    return _arrays(random, shape, channels)


def _probs(random: np.random.Generator) -> np.ndarray:
    """Returns probabilities (B, H, W, K) of flat images."""
    return _arrays(random, wild.sizes(random), 1)[1]


def _arrays(
    random: np.random.Generator, shape: tuple[int, ...], channels: int
) -> tuple[np.ndarray, np.ndarray]:
    classes = int(random.choice([1, 2, 3, 5, 21]))
    of_probs = (*wild.FLOATS, *wild.HALVES)[random.choice([0, 0, 0, 1, 1, 2, 3])]
    of_image = np.float64 if of_probs == np.float64 else np.float32
    image = wild.image(random, shape, of_image, channels)
    return image, wild.probs(random, (*shape, classes), of_probs)


def energy_call(random: np.random.Generator) -> Call:
    """Returns a call of the dense CRF, normalized cut or kernel cut loss."""
    image, probs = _problem(random)
    axes = image.ndim - 2
    sigmas = wild.bandwidths(random, axes, image.shape[-1])
    grids = ["grid4", "grid8"] if axes == 2 else ["grid6", "grid26"]
    affinity = str(random.choice(["gaussian", "gaussian", *grids]))
    options = {"affinity": affinity, "equalized": bool(random.random() < 0.3)}
    potts = {
        "normalization": str(random.choice(["affinity", "none"])),
        "relaxation": str(random.choice(["bilinear", "quadratic"])),
    }
    min_share = float(random.choice([0.0, 0.05, 0.5, 1.0]))
    gamma = float(random.choice([0.0, 0.5, 2.0]))
    names = ("crf", "ncut", "kernelcut")
    name = names[random.integers(3)]
    function, cls, given = {
        "crf": (losses.dense_crf_loss, losses.DenseCRFLoss, potts),
        "ncut": (
            losses.normalized_cut_loss,
            losses.NormalizedCutLoss,
            {"min_share": min_share},
        ),
        "kernelcut": (
            losses.kernel_cut_loss,
            losses.KernelCutLoss,
            potts | {"min_share": min_share, "gamma": gamma},
        ),
    }[name]

    def expected() -> np.ndarray:
        values = []
        for one, s in zip(image, probs, strict=True):
            W = plain.affinity_of(one, affinity, sigmas, options["equalized"])
            S = s.reshape(len(W), -1).astype(np.float64)
            crf = plain.crf(W, S, *potts.values()) if name != "ncut" else 0.0
            cut = plain.normalized_cut(W, S, min_share) if name != "crf" else 0.0
            values.append(crf + (gamma if name == "kernelcut" else 1.0) * cut)
        return np.array(values)

    # Shares near the least one fall on this or that side of it.
    exact = probs.size and (min_share in (0.0, 1.0) or name == "crf")
    exact = exact and probs.dtype in wild.FLOATS and probs.shape[-1] > 1
    if name != "crf" and min_share == 1.0:
        exact = False
    call = _call(
        random, function, cls, [image, probs], sigmas | options | given,
        expected if exact else None,
    )  # fmt: skip
    # A raw energy is a difference of sums over all pairs of pixels.
    pairs = float(np.prod(image.shape[1:-1])) ** 2
    call.size = max(1.0, pairs if potts["normalization"] == "none" else 1.0)
    return call


def label_call(random: np.random.Generator) -> Call:
    """Returns a call of the partial cross-entropy or the seeding loss."""
    probs = _probs(random)
    labels = random.choice([*range(probs.shape[-1]), 255, 255], probs.shape[:3])
    labels = labels.astype(random.choice(np.array([np.int32, np.uint8, np.float32])))
    options = {"ignore_class": 255, "stride": int(random.choice([1, 2, 8]))}
    if random.random() < 0.5:
        function, cls = losses.partial_crossentropy, losses.PartialCrossentropy
        reference = plain.partial_crossentropy
    else:
        function, cls, reference = (
            losses.seeding_loss,
            losses.SeedingLoss,
            plain.seeding,
        )
        options["floor"] = float(random.choice([0.0, 1e-4]))

    def expected() -> np.ndarray:
        return reference(labels.astype(int), probs, **options)

    exact = probs.size and probs.dtype in wild.FLOATS
    call = _call(
        random, function, cls, [labels, probs], options, expected if exact else None
    )
    call.size = 100.0  # -log of the smallest probabilities
    return call


def tag_call(random: np.random.Generator) -> Call:
    """Returns a call of the expansion loss or the cross-entropy of tags."""
    probs = _probs(random)
    probs = np.concatenate([probs / 2, probs / 2], -1)
    tags = random.integers(0, 2, (len(probs), probs.shape[-1])).astype(np.float32)
    if random.random() < 0.5 and probs.size:
        scores = wild.numbers(random, probs.shape, "mixed", probs.dtype.type)
        exact = probs.dtype in wild.FLOATS
        call = _call(
            random, losses.tag_crossentropy, losses.TagCrossentropy, [tags, scores], {},
            (lambda: plain.tag_crossentropy(tags, scores)) if exact else None,
        )  # fmt: skip
        call.size = 1e3
        return call
    options = {
        "stride": int(random.choice([1, 2])),
        "foreground_decay": float(random.choice([0.5, 0.996, 1.0])),
    }
    call = _call(
        random, losses.expansion_loss, losses.ExpansionLoss, [tags, probs], options
    )
    call.size = 100.0
    return call


def mean_field_call(random: np.random.Generator) -> Call:
    """Returns a call of the constrain-to-boundary or the DenseCRF-ADM loss."""
    image, probs = _problem(random)
    options = {"num_iterations": int(random.integers(0, 3))}
    options |= wild.bandwidths(random, image.ndim - 2, image.shape[-1])
    if "sigma_xyz" in options:
        options["spatial_sigma_xyz"] = (3.0, 3.0, 1.0)
    call = None
    if random.random() < 0.5:
        options |= {
            "backpropagate": bool(random.random() < 0.5),
            "stride": int(random.choice([1, 2])),
        }
        call = _call(
            random,
            losses.constrain_to_boundary_loss,
            losses.ConstrainToBoundaryLoss,
            [image, probs],
            options,
        )
    else:
        ones = np.ones((*image.shape[:-1], 1), image.dtype)
        labels = random.choice([0, 255], ones.shape).astype(image.dtype)
        call = _call(
            random,
            _adm_of_channels,
            functools.partial(
                losses.DenseCRFADMLoss, region_channel=True, label_channel=True
            ),
            [np.concatenate([image, ones, labels], -1), probs],
            options,
        )
    call.tolerance *= 10  # Updates enlarge roundings.
    call.size = 100.0
    return call


def _adm_of_channels(
    target: tf.Tensor, probs: tf.Tensor, **options: object
) -> tf.Tensor:
    """The DenseCRF-ADM loss of a target that holds region and labels as channels."""
    image, region, labels = target[..., :-2], target[..., -2:-1], target[..., -1]
    return losses.dense_crf_adm_loss(
        image, probs, region=region, labels=labels, **options
    )


def _perhaps_wrong(random: np.random.Generator, call: Call) -> Call:
    """Returns the call, in one of four cases with arguments that are wrong."""
    if random.random() > 0.25:
        return call
    target, probs = call.arrays
    kinds = ["rank of probs", "rank of target", "batch"]
    if call.name.startswith(("dense_crf_loss", "normalized_cut", "kernel_cut")):
        dense = call.options["affinity"] == "gaussian" and probs.size
        kinds += ["not finite", "not finite"] if dense else []
    if target.ndim >= 4:
        kinds += ["channels"]
    kind = str(random.choice(kinds))
    if kind == "rank of probs":
        call.arrays[1] = probs[0] if len(probs) else probs.reshape(-1)
    elif kind == "rank of target":
        call.arrays[0] = target[None, ..., None]
    elif kind == "batch":
        more = [(0, 1 + len(target))] + [(0, 0)] * (target.ndim - 1)
        call.arrays[0] = np.pad(target, more)
    elif kind == "channels":
        call.arrays[0] = np.repeat(target, 9, axis=-1)
    else:
        target = target.copy()
        target.reshape(-1)[random.integers(target.size)] = random.choice(
            [np.nan, np.inf]
        )
        call.arrays[0] = target
    call.wrong, call.expected = True, None
    call.options = call.options | {"fault": kind}
    return call
