"""The filter in plain NumPy, for reading and for tests: exact, and lattice.

Nothing here is fast. `exact_filter` is the sum that the lattice approximates;
`lattice_filter` follows the steps of the compiled lattice one by one, in the
type of the features, so that both choose the same simplices.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

FINER = 1.06
"""Factor by which equalized lattices embed the features finer."""


def exact_filter(values: ArrayLike, features: ArrayLike) -> np.ndarray:
    """Computes sum_q exp(-||f_p - f_q||^2 / 2) v_q by its definition.

    Args:
        values: array (N, C).
        features: array (N, D), in units of the bandwidth.

    Returns:
        float64 array (N, C).
    """
    values = np.asarray(values, np.float64)
    rows_at_once = 512  # N x N numbers at once would fill the memory
    blocks = [
        affinity(features[start : start + rows_at_once], features) @ values
        for start in range(0, len(features), rows_at_once)
    ]
    return np.concatenate(blocks)


def affinity(rows: ArrayLike, columns: ArrayLike) -> np.ndarray:
    """Returns the affinities W_pq = exp(-||f_p - f_q||^2 / 2), (P, Q)."""
    rows = np.asarray(rows, np.float64)
    columns = np.asarray(columns, np.float64)
    distances = (
        np.sum(rows**2, axis=1)[:, None]
        + np.sum(columns**2, axis=1)[None, :]
        - 2 * rows @ columns.T
    )
    return np.exp(-0.5 * np.maximum(distances, 0.0))


def lattice_filter(
    values: np.ndarray,
    features: ArrayLike,
    *,
    transpose: bool = False,
    symmetric: bool = False,
    equalized: bool = False,
) -> np.ndarray:
    """Filters on a permutohedral lattice: splat, blur, slice.

    Args:
        values: array (N, C).
        features: array (N, D), float32 or float64, in units of the bandwidth.
        transpose: whether to blur along the axes in reverse order.
        symmetric: whether to take the mean of both orders.
        equalized: whether to make the affinity of each point with itself one.

    Returns:
        float64 array (N, C).
    """
    vertices, weights = embed(np.asarray(features), FINER if equalized else 1)
    if equalized:
        weights = weights / np.sqrt(self_affinity(weights))[:, None]
    dim = vertices.shape[1] - 1

    # One row for each distinct vertex.
    keys, rows = np.unique(vertices.reshape(-1, dim + 1), axis=0, return_inverse=True)
    rows = rows.reshape(-1, dim + 1)  # (N, D + 1)

    # Splat: each point adds its value to its vertices.
    lattice = np.zeros((len(keys), values.shape[1]))
    for corner in range(dim + 1):
        np.add.at(lattice, rows[:, corner], weights[:, corner, None] * values)

    axes = list(range(dim + 1))
    if symmetric:
        lattice = (_blur(lattice, keys, axes) + _blur(lattice, keys, axes[::-1])) / 2
    else:
        lattice = _blur(lattice, keys, axes[::-1] if transpose else axes)

    # Slice: each point reads its vertices back. The gain makes up for the
    # mass that the blur's taps and the interpolation add.
    sliced = np.einsum("nk,nkc->nc", weights, lattice[rows])
    return sliced / (1 + 2.0**-dim)


def self_affinity(weights: np.ndarray) -> np.ndarray:
    """Computes the affinities W_pp of points with themselves on the usual lattice.

    Between two vertices of a simplex whose remainders differ by k the blur has two
    ways: along k different axes, or along the D + 1 - k others backwards.

    Args:
        weights: array (N, D + 1) of barycentric weights.

    Returns:
        Array (N,): at most one, and one at a vertex. Where a vertex in between is
        missing, W_pp is smaller.
    """
    cycle = weights.shape[1]
    steps = np.abs(np.subtract.outer(np.arange(cycle), np.arange(cycle)))
    blurred = 0.5**steps + 0.5 ** (cycle - steps)
    gain = 1 / (1 + 2.0 ** (1 - cycle))
    between = np.where(steps == 0, 1.0, gain * blurred).astype(weights.dtype)
    return np.einsum("nj,jk,nk->n", weights, between, weights)


def embed(features: np.ndarray, finer: float = 1) -> tuple[np.ndarray, np.ndarray]:
    """Finds the simplex around each point and its barycentric weights.

    Args:
        features: array (N, D).
        finer: factor by which the features are multiplied.

    Returns:
        vertices: int64 array (N, D + 1, D + 1), the coordinates of each vertex,
            in the order of their remainders 0 to D.
        weights: array (N, D + 1) that sums to one, of the features' type.
    """
    count, dim = features.shape
    real = features.dtype.type
    cycle = real(dim + 1)

    # Elevate onto the plane sum x = 0 of R^(D+1), scaled so that the blur's
    # variance is one in units of the features.
    elevated = np.zeros((count, dim + 1), features.dtype)
    total = np.zeros(count, features.dtype)
    for i in range(dim, 0, -1):
        scale = (dim + 1) * np.sqrt(2.0 / 3.0) / np.sqrt(float(i) * (i + 1))
        scale = real(scale * finer)
        scaled = features[:, i - 1] * scale
        elevated[:, i] = total - real(i) * scaled
        total = total + scaled
    elevated[:, 0] = total

    # Round each coordinate to the nearest multiple of D + 1.
    floor = np.floor(elevated * (real(1) / cycle))
    below = elevated - floor * cycle
    above = (floor + real(1)) * cycle - elevated
    quotient = floor + (above < below)
    excess = quotient.sum(axis=1).astype(np.int64)
    difference = elevated - quotient * cycle

    # Rank the differences, the largest first; ties go to the later axis.
    rank = np.zeros((count, dim + 1), np.int64)
    for i in range(dim):
        for j in range(i + 1, dim + 1):
            less = difference[:, i] < difference[:, j]
            rank[:, i] += less
            rank[:, j] += ~less

    # Rounding may leave the plane by `excess` cycles: give them back where it
    # costs least, which is a rotation of the ranks.
    rank += excess[:, None]
    quotient = quotient + (rank < 0) - (rank > dim)
    rank = rank % (dim + 1)
    difference = elevated - quotient * cycle

    ordered = np.take_along_axis(difference, np.argsort(rank, axis=1), axis=1)
    weights = np.empty_like(elevated)
    weights[:, 0] = 1 + (ordered[:, dim] - ordered[:, 0]) * (real(1) / cycle)
    for k in range(1, dim + 1):
        step = ordered[:, dim - k] - ordered[:, dim + 1 - k]
        weights[:, k] = step * (real(1) / cycle)

    base = (quotient * cycle).astype(np.int64)[:, None, :]
    remainder = np.arange(dim + 1)[None, :, None]
    wraps = rank[:, None, :] > dim - remainder
    return base + remainder - (dim + 1) * wraps, weights


def _blur(lattice: np.ndarray, keys: np.ndarray, axes: Sequence[int]) -> np.ndarray:
    """Adds half of both neighbours along each axis in turn; missing ones are 0."""
    dim = keys.shape[1] - 1
    index = {tuple(key): row for row, key in enumerate(keys)}
    for axis in axes:
        step = np.ones(dim + 1, np.int64)
        step[axis] = -dim
        blurred = lattice.copy()
        for direction in (step, -step):
            neighbours = [index.get(tuple(key), -1) for key in keys + direction]
            neighbours = np.array(neighbours, np.int64)  # also of no points
            present = neighbours >= 0
            blurred[present] += 0.5 * lattice[neighbours[present]]
        lattice = blurred
    return lattice
