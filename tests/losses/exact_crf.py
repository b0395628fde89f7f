"""The dense CRF of the losses by its definition: matrices over all pairs of pixels."""

import numpy as np

from tests.ops import exact_mean_field as exact
from tf_rloss import ops
from tf_rloss.ops import reference


def lattice_matrix(features):
    """The lattice's K (N, N), column by column, from plain NumPy."""
    return reference.lattice_filter(np.eye(len(features)), features, symmetric=True)


def gaussian_matrix(features):
    """The dense K (N, N)."""
    return reference.affinity(features, features)


def kernels(
    image,
    matrix,
    *,
    sigma_color,
    sigma_xy=None,
    sigma_xyz=None,
    spatial_sigma_xy=None,
    spatial_sigma_xyz=None,
    normalization="symmetric",
    region=None,
):
    """K~ (N, N) of both kernels of one image (H, W, C) or volume (D, H, W, C).

    `region` is None or of its shape without channels.
    """
    region = None if region is None else region.ravel()
    bilateral = ops.bilateral_features(
        image[None], sigma_xy=sigma_xy, sigma_xyz=sigma_xyz, sigma_color=sigma_color
    )[0]
    position = ops.spatial_features(
        image[None], sigma_xy=spatial_sigma_xy, sigma_xyz=spatial_sigma_xyz
    )[0]
    return [
        exact.normalized(matrix(f.numpy().astype(float)), normalization, region=region)
        for f in (bilateral, position)
    ]


def proposals(S, K, weights, iterations, labels=None):
    """X (N, K) by mean field from S (N, K), equal to labels (N,) that are not 255."""
    logits = np.log(S.astype(float))
    if labels is not None:
        known = labels != 255
        logits[known] = 1e30 * np.eye(S.shape[1])[labels[known]]
    compatibilities = [-weight * np.eye(S.shape[1]) for weight in weights]
    return exact.mean_field(logits, K, compatibilities, iterations)


def energy(X, S, K, weights, labels=None):
    """Eq. 10 without its first term, X and S (N, K); each pair counts once."""
    unlabelled = np.ones(len(X)) if labels is None else labels == 255
    with np.errstate(divide="ignore", invalid="ignore"):
        divergence = np.where(X > 0, X * np.log(X / S), 0.0).sum(axis=1)
    pairs = sum(
        weight / 2 * sum(x @ kernel @ (1 - x) for x in X.T)
        for kernel, weight in zip(K, weights, strict=True)
    )
    return np.sum(unlabelled * divergence) + pairs
