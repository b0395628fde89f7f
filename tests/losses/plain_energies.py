"""The energies by their definitions, with W as a dense matrix."""

import numpy as np


def positions(image):
    """x, y (and z) of each pixel of one image (H, W, C) or (D, H, W, C), (N, axes)."""
    axes = np.indices(image.shape[:-1]).reshape(image.ndim - 1, -1)
    return axes[::-1].T


def gaussian_affinity(image, sigma_xy=None, sigma_color=None, sigma_xyz=None):
    """W (N, N) of one image (H, W, C) or volume (D, H, W, C), float64."""
    position = positions(image) / (sigma_xy if sigma_xyz is None else sigma_xyz)
    colour = np.reshape(image, (len(position), -1)) / np.asarray(sigma_color)
    features = np.concatenate([position, colour], axis=-1)
    squares = np.sum(features**2, axis=1)
    distance = squares[:, None] + squares[None, :] - 2 * features @ features.T
    return np.exp(-0.5 * np.maximum(distance, 0))


def grid_affinity(image, sigma_xy=None, sigma_color=None, sigma_xyz=None, *, diagonals):
    """W (N, N) of one image: the Gaussian over distance, neighbours only.

    Steps of a volume are stretched to those along the axis of the largest bandwidth.
    """
    position = positions(image)
    steps = np.abs(position[:, None] - position[None])
    near = steps.max(axis=-1) == 1
    if not diagonals:
        near &= steps.sum(axis=-1) == 1
    sigma = np.broadcast_to(sigma_xy if sigma_xyz is None else sigma_xyz, steps.shape)
    distance = np.linalg.norm(steps * sigma.max() / sigma, axis=-1)
    gaussian = gaussian_affinity(image, sigma_xy, sigma_color, sigma_xyz)
    return np.where(near, gaussian / np.maximum(distance, 1), 0.0)


def restrict(W, region):
    """W between the pixels of a region (H, W) or (D, H, W) only."""
    inside = np.asarray(region, np.float64).reshape(-1)
    return W * inside[:, None] * inside[None, :]


def crf_energy(W, S):
    """Eq. 4: sum_k S_k' W (1 - S_k)."""
    return sum(s @ W @ (1 - s) for s in S.T)


def quadratic_energy(W, S):
    """Right side of eq. 3: sum_pq W_pq |S_p - S_q|^2."""
    return sum(np.sum(W * (s[:, None] - s[None, :]) ** 2) for s in S.T)


def cut_energy(W, S):
    """Eq. 5: sum_k S_k' W (1 - S_k) / d' S_k."""
    d = W.sum(axis=1)
    return sum(s @ W @ (1 - s) / (d @ s) for s in S.T)
