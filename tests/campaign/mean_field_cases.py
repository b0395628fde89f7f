"""Random calls of pairwise kernels and of mean field, with its definition beside it."""

import dataclasses

import numpy as np
import tensorflow as tf

from tests.campaign import wild_arrays as wild
from tests.campaign.op_cases import (
    TOLERANCE,
    Call,
    image_problem,
    perhaps_wrong,
    plain_features,
    stacked,
)
from tests.losses.exact_crf import lattice_matrix
from tests.ops import exact_mean_field
from tf_rloss import ops


def kernel_call(random: np.random.Generator) -> Call:
    """Returns a call of `PairwiseKernel.filter`."""
    dtype, image, values, sigmas, kind = image_problem(random, 3)
    features = plain_features(image, **sigmas)
    values = values.reshape(*features.shape[:2], 3)
    options = {
        "normalization": str(random.choice(ops.NORMALIZATIONS)),
        "self_term": bool(random.random() < 0.5),
    }

    def function(values: tf.Tensor, features: tf.Tensor) -> list[tf.Tensor]:
        kernel = ops.PairwiseKernel(features, dtype=tf.as_dtype(dtype), **options)
        return [kernel.filter(values)]

    call = Call(
        "PairwiseKernel", function, [values, features], options=sigmas | options
    )
    call.options["numbers"] = kind
    call.tolerance = 10 * TOLERANCE[values.dtype.name]
    call.size = wild.largest(values)
    return perhaps_wrong(random, call)


def mean_field_call(random: np.random.Generator) -> Call:
    """Returns a call of `mean_field` by way of `DenseCRFSettings`."""
    dtype, image, _, sigmas, _ = image_problem(random, 1)
    logits = random.normal(0, 2, (*image.shape[:-1], int(random.integers(1, 5))))
    logits = logits.astype(dtype)
    near = {"spatial_sigma_xyz": (3.0, 2.0, 1.0)} if image.ndim == 5 else {}
    settings = ops.DenseCRFSettings(
        num_iterations=int(random.integers(0, 4)),
        bilateral_weight=float(random.choice([0.0, 1.0, 4.0])),
        spatial_weight=float(random.choice([0.0, 1.0])),
        spatial_sigma_xy=3.0,
        normalization=str(random.choice(ops.NORMALIZATIONS)),
        **sigmas,
        **near,
    )

    def expected() -> list[np.ndarray]:
        bilateral = plain_features(image.astype(np.float32), **sigmas)
        position = {"sigma_xyz": (3.0, 2.0, 1.0)} if near else {"sigma_xy": 3.0}
        spatial = plain_features(image.astype(np.float32), **position)
        spatial = spatial[..., : spatial.shape[-1] - image.shape[-1]]
        results = []
        for b, s, one in zip(bilateral, spatial, logits, strict=True):
            kernels = [
                exact_mean_field.normalized(
                    lattice_matrix(f.astype(dtype)), settings.normalization
                )
                for f in (b, s)
            ]
            weights = [settings.bilateral_weight, settings.spatial_weight]
            costs = [-weight * np.eye(logits.shape[-1]) for weight in weights]
            flat = one.reshape(-1, logits.shape[-1]).astype(np.float64)
            q = exact_mean_field.mean_field(
                flat, kernels, costs, settings.num_iterations
            )
            results.append(q.reshape(one.shape))
        return [stacked(results, logits.shape)]

    call = Call(
        "mean_field",
        lambda logits, image: [settings.infer(logits, image)],
        [logits, image],
        expected if logits.size else None,
        1e-4,  # Updates enlarge the roundings of float32.
        options=dataclasses.asdict(settings),
    )
    return perhaps_wrong(random, call)
