"""Labels the nodes of a graph by alpha-expansion, with SciPy's maximum flow.

The energy (Potts) of a labelling x of N nodes is

    E(x) = Σ_i U_i(x_i) + Σ_(i,j) w_ij [x_i ≠ x_j],        w_ij >= 0

All costs are integers, so that cuts are exact and no move can raise the energy.
`to_integers` scales costs in floating point to such.
"""

import numpy as np
import scipy.sparse
import scipy.sparse.csgraph

LARGEST_ENERGY = 2**29
"""Bound on every finite energy. SciPy computes flows in int32, and a residual capacity
is the sum of two of them."""

FORBIDDEN = 2**29 + 1
"""Unary cost of a label that a node cannot have; it exceeds every finite energy."""


def to_integers(unary: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, ...]:
    """Scales costs to integers, so that no labelling costs more than `LARGEST_ENERGY`.

    Args:
        unary: float (N, K), cost of each label at each node, at least 0. It is infinite
            if the label is forbidden; each node has at least one finite cost.
        weights: float (M,), cost of each edge, at least 0.

    Returns:
        `(unary, weights)`, int64. Infinite costs become `FORBIDDEN`.
    """
    finite = np.isfinite(unary)
    bound = np.where(finite, unary, 0.0).max(axis=1).sum() + weights.sum()
    # Rounding can add a half to each term.
    room = LARGEST_ENERGY - len(unary) - len(weights)
    scale = room / bound if bound > 0.0 else 1.0
    scaled = np.rint(np.where(finite, unary, 0.0) * scale).astype(np.int64)
    scaled[~finite] = FORBIDDEN
    return scaled, np.rint(weights * scale).astype(np.int64)


def energy(
    labels: np.ndarray, unary: np.ndarray, edges: np.ndarray, weights: np.ndarray
) -> float:
    """Returns the energy E(x) of a labelling, an integer if the costs are integers.

    Args:
        labels: int (N,), label of each node, below K.
        unary: (N, K), cost of each label at each node.
        edges: int (M, 2), pairs of nodes.
        weights: (M,), cost of each edge whose nodes have different labels.
    """
    differ = labels[edges[:, 0]] != labels[edges[:, 1]]
    return unary[np.arange(len(labels)), labels].sum() + weights[differ].sum()


def alpha_expansion(
    labels: np.ndarray,
    unary: np.ndarray,
    edges: np.ndarray,
    weights: np.ndarray,
    max_cycles: int = 10,
) -> np.ndarray:
    """Lowers the energy of a labelling by expansion moves until no move lowers it.

    In a move for label a every node keeps its label or takes a, whichever gives the
    least energy in total; a minimum cut finds it. A cycle is a move for each label.
    With two labels the result is the global minimum, with more its energy is at most
    twice the minimum.

    Args:
        labels: int (N,), the labelling to start from, of finite energy.
        unary: int (N, K), cost of each label at each node, 0 to `FORBIDDEN`.
        edges: int (M, 2), pairs of nodes, each pair once.
        weights: int (M,), cost of each edge whose nodes have different labels, at least
            0.
        max_cycles: largest number of cycles; a few are usually enough.

    Returns:
        int (N,), a labelling with at most the energy of the first one.

    Reference: Boykov, Veksler, Zabih: Fast Approximate Energy Minimization via Graph
    Cuts. PAMI 2001.
    """
    lowest = energy(labels, unary, edges, weights)
    for _ in range(max_cycles):
        before = lowest
        for label in range(unary.shape[1]):
            moved = _expand(labels, label, unary, edges, weights)
            reached = energy(moved, unary, edges, weights)
            if reached < lowest:
                labels, lowest = moved, reached
        if lowest == before:
            break
    return labels


def _expand(labels, label, unary, edges, weights):
    """Returns the best labelling whose nodes keep their labels or take `label`."""
    first, second = edges.T
    keep = unary[np.arange(len(labels)), labels]
    take = unary[:, label].copy()
    # Let s = 1 for nodes that take the label. An edge costs A, B, C, 0 if (s_i, s_j) is
    # (0, 0), (0, 1), (1, 0), (1, 1). That equals A + (C - A) s_i - C s_j
    # + (B + C - A) (1 - s_i) s_j, where B + C >= A by the triangle inequality.
    A = weights * (labels[first] != labels[second])
    B = weights * (labels[first] != label)
    C = weights * (labels[second] != label)
    take += np.bincount(first, C - A, len(labels)).astype(np.int64)
    take += np.bincount(second, -C, len(labels)).astype(np.int64)
    taken = minimum_cut(keep, take, edges, B + C - A)
    return np.where(taken, label, labels)


def minimum_cut(
    keep: np.ndarray, take: np.ndarray, edges: np.ndarray, capacity: np.ndarray
) -> np.ndarray:
    """Minimises Σ_i (keep_i (1 - s_i) + take_i s_i) + Σ_(i,j) c_ij (1 - s_i) s_j.

    SciPy computes in int32, so each difference of `keep` and `take` must be below 2^31,
    and so must the flow, which is the minimum less Σ_i min(keep_i, take_i).

    Args:
        keep: int (N,), cost of s_i = 0, of either sign.
        take: int (N,), cost of s_i = 1, of either sign.
        edges: int (M, 2), pairs (i, j) of different nodes, each pair once.
        capacity: int (M,), c_ij of each edge, from 0 to 2^31 - 1.

    Returns:
        bool (N,), s. If there are several minima, the one with the fewest s_i = 1.
    """
    count = len(keep)
    source, sink = count, count + 1
    nodes = np.arange(count)
    # A cut goes through the edges from nodes with s = 0 to nodes with s = 1.
    starts = np.concatenate([np.full(count, source), nodes, edges[:, 0]])
    ends = np.concatenate([nodes, np.full(count, sink), edges[:, 1]])
    costs = np.concatenate(
        [np.maximum(take - keep, 0), np.maximum(keep - take, 0), capacity]
    )
    graph = scipy.sparse.csr_array(
        (costs.astype(np.int32), (starts, ends)), (count + 2, count + 2)
    )
    flow = scipy.sparse.csgraph.maximum_flow(graph, source, sink).flow
    residual = scipy.sparse.csr_array(graph - flow)
    residual.eliminate_zeros()  # a stored zero would count as an edge
    reaching = scipy.sparse.csgraph.breadth_first_order(
        scipy.sparse.csr_array(residual.T), sink, return_predecessors=False
    )
    taken = np.zeros(count + 2, bool)
    taken[reaching] = True
    return taken[:count]
