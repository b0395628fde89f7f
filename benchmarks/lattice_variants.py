"""Ways to build the permutohedral lattice, in NumPy and SciPy, to compare them.

Each is gain * B' prod_i ((1 - 2 t) I + t (up_i + down_i)) B with a splat B and one
factor for each axis of the blur. The usual lattice has t = 1/4, which is the compiled
one's v + (n1 + n2) / 2 up to a factor.
"""

import dataclasses
import itertools
from collections import Counter

import numpy as np
from scipy import sparse

from tf_rloss.ops import reference


@dataclasses.dataclass(frozen=True)
class Variant:
    """How a lattice differs from the usual one.

    Attributes:
        name: for tables.
        finer: factor of the features before they are embedded.
        tap: weight t of each of both neighbours in a blur; the centre has 1 - 2 t.
        passes: how many times each axis is blurred.
        equalized: exponent in [0, 1]: 1 scales each point's weights so that its
            affinity with itself is one on a lattice without gaps, 0 leaves them.
        ring_links: adds the missing vertices that touch at least so many vertices;
            0 adds none, 1 the whole ring of neighbours.
        lattices: how many, at different offsets, are averaged.
        rotation: seed of a rotation of the features, or None.
        symmetric: whether to average both orders of the blur's axes.
    """

    name: str
    finer: float = 1.0
    tap: float = 0.25
    passes: int = 1
    equalized: float = 0.0
    ring_links: int = 0
    lattices: int = 1
    rotation: int | None = None
    symmetric: bool = True

    def gain(self, dim: int) -> float:
        """The factor of the slice: the usual one, or 1 for equalized weights."""
        usual = 2.0 ** (dim + 1) / (1 + 2.0**-dim)
        return usual ** (1 - self.equalized)


@dataclasses.dataclass
class Result:
    """What a variant filtered.

    Attributes:
        filtered: float64 (R, C), rows of W V.
        vertices: lattice points, of all lattices together.
        asymmetry: |(W - W') V| / |W V| of one order of the axes, in the same rows.
    """

    filtered: np.ndarray
    vertices: int
    asymmetry: float


def apply(variant, values, features, rows) -> Result:
    """Filters with a variant.

    Args:
        variant: `Variant`.
        values: float32 array (N, C).
        features: array (N, D), in units of the bandwidth.
        rows: int array (R,), the points whose result is wanted.
    """
    random = np.random.default_rng(0)
    dim = features.shape[1]
    features = features.astype(np.float64)
    if variant.rotation is not None:
        mixture = np.random.default_rng(variant.rotation).normal(size=(dim, dim))
        features = features @ np.linalg.qr(mixture)[0]
    sums, differences, vertices = 0.0, 0.0, 0
    for _ in range(variant.lattices):
        lattice = _Lattice(variant, features)
        forward, reverse = lattice.filter(values, rows)
        sums = sums + ((forward + reverse) / 2 if variant.symmetric else forward)
        differences = differences + (forward - reverse)
        vertices += len(lattice.keys)
        features = features + random.uniform(0, 3, dim)  # a cell is about 3 wide
    filtered = variant.gain(dim) / variant.lattices * sums
    asymmetry = np.linalg.norm(differences) / np.linalg.norm(sums)
    return Result(filtered.astype(np.float64), vertices, float(asymmetry))


class _Lattice:
    """One lattice: `keys` of its vertices, splat, and neighbours by axis."""

    def __init__(self, variant: Variant, features: np.ndarray):
        dim = features.shape[1]
        self._variant = variant
        vertices, weights = reference.embed(features * variant.finer)
        occupied, corners = np.unique(_pack(vertices), return_inverse=True)
        steps = _pack(np.ones((dim + 1, dim + 1), int) - (dim + 1) * np.eye(dim + 1))
        self.keys = _with_ring(occupied, steps, variant.ring_links)
        if variant.equalized:
            weights = weights * _equalizer(weights, variant)[:, None]
        columns = _find(self.keys, occupied)[corners.reshape(-1)]
        starts = np.arange(0, len(columns) + 1, dim + 1)
        self._splat = sparse.csr_matrix(
            (weights.astype(np.float32).reshape(-1), columns, starts),
            shape=(len(features), len(self.keys)),
        )
        self._neighbours = [
            (_find(self.keys, self.keys + step), _find(self.keys, self.keys - step))
            for step in steps
        ]

    def filter(self, values, rows):
        """Returns the results of both orders of the axes."""
        splatted = self._splat.T @ values
        slices = self._splat[rows]
        axes = self._neighbours * self._variant.passes
        forward = slices @ self._blur(splatted, axes)
        return forward, slices @ self._blur(splatted, axes[::-1])

    def _blur(self, lattice, axes):
        tap = np.float32(self._variant.tap)
        lattice = np.concatenate([lattice, np.zeros_like(lattice[:1])])
        for up, down in axes:
            blurred = lattice[up]
            blurred += lattice[down]
            blurred *= tap
            blurred += (1 - 2 * tap) * lattice[:-1]
            lattice[:-1] = blurred
        return lattice[:-1]


def _pack(coordinates: np.ndarray) -> np.ndarray:
    """Vertices (..., D + 1) as integers (...); sums become sums."""
    dim = coordinates.shape[-1] - 1  # the last coordinate follows from the others
    units = np.int64(1) << (60 // dim * np.arange(dim, dtype=np.int64))
    return coordinates[..., :-1].astype(np.int64) @ units


def _find(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Places of `wanted` in the sorted `keys`; len(keys) for missing ones."""
    places = np.searchsorted(keys, wanted)
    found = keys[np.minimum(places, len(keys) - 1)] == wanted
    return np.where(found, places, len(keys))


def _with_ring(keys, steps, links: int) -> np.ndarray:
    """Adds the neighbours that touch at least `links` of the vertices."""
    if not links:
        return keys
    around = [keys + sign * step for step in steps for sign in (1, -1)]
    neighbours, touched = np.unique(np.concatenate(around), return_counts=True)
    return np.union1d(keys, neighbours[touched >= links])


def self_affinities(dim: int, tap: float, passes: int) -> np.ndarray:
    """The blur between two vertices of a simplex, by difference of remainders.

    Args:
        dim: D.
        tap: weight of each of both neighbours in a blur.
        passes: how many times each axis is blurred.

    Returns:
        float64 array (D + 1,): blurs from a vertex to the one which is k steps along
        different axes away. With barycentric weights w in the order of remainders,
        a point's affinity with itself is sum_ij w_i w_j result[|i - j|].
    """
    # Steps along all axes add up to nothing, so paths are counted by the numbers of
    # steps along each axis less those along the last.
    steps = [(*np.eye(dim, dtype=int)[i],) for i in range(dim)] + [(-1,) * dim]
    blurred = Counter({(0,) * dim: 1.0})
    for step in steps * passes:
        spread = Counter()
        moves = ((0, 1 - 2 * tap), (1, tap), (-1, tap))
        for (place, mass), (sign, weight) in itertools.product(blurred.items(), moves):
            target = tuple(p + sign * s for p, s in zip(place, step, strict=True))
            spread[target] += weight * mass
        blurred = spread
    return np.array([blurred[(1,) * k + (0,) * (dim - k)] for k in range(dim + 1)])


def _equalizer(weights: np.ndarray, variant: Variant) -> np.ndarray:
    """Factors (N,) of the barycentric weights (N, D + 1)."""
    corners = np.arange(weights.shape[1])
    table = self_affinities(len(corners) - 1, variant.tap, variant.passes)
    between = table[np.abs(corners[:, None] - corners)]
    own = np.einsum("ni,ij,nj->n", weights, between, weights)
    return own ** (-variant.equalized / 2)
