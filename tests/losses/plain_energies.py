"""The energies by their definitions, with W as a dense matrix."""

import numpy as np


def gaussian_affinity(image, sigma_xy, sigma_color):
    """W (N, N) of one image (H, W, 3), float64."""
    height, width, _ = image.shape
    y, x = np.mgrid[:height, :width]
    position = np.stack([x, y], axis=-1) / sigma_xy
    features = np.concatenate([position, image / sigma_color], axis=-1).reshape(-1, 5)
    squares = np.sum(features**2, axis=1)
    distance = squares[:, None] + squares[None, :] - 2 * features @ features.T
    return np.exp(-0.5 * np.maximum(distance, 0))


def grid_affinity(image, sigma_xy, sigma_color, *, diagonals):
    """W (N, N) of one image (H, W, 3): the Gaussian over distance, neighbours only."""
    height, width, _ = image.shape
    y, x = (axis.reshape(-1, 1) for axis in np.mgrid[:height, :width])
    distance = np.hypot(y - y.T, x - x.T)
    near = (distance > 0) & (distance < (1.5 if diagonals else 1.2))
    gaussian = gaussian_affinity(image, sigma_xy, sigma_color)
    return np.where(near, gaussian / np.maximum(distance, 1), 0.0)


def restrict(W, region):
    """W between the pixels of a region (H, W) only."""
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
