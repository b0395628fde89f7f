"""Labelling a graph by alpha-expansion, with the minimum cuts of SciPy's max-flow.

The energy of a labelling x of N nodes is

    E(x) = Σ_i U_i(x_i) + Σ_(i,j) w_ij [x_i ≠ x_j],        w_ij >= 0

(Potts). All of it is in integers here, so that cuts are exact and no move can raise it;
`to_integers` scales an energy in floating point.
"""

import numpy as np
import scipy.sparse
import scipy.sparse.csgraph

LARGEST_ENERGY = 2**29
"""Bound on any finite energy: SciPy's max-flow computes in int32, and a residual
capacity is the sum of two."""

FORBIDDEN = 2**29 + 1
"""Unary cost of a label that a node cannot have: above every finite energy."""


def to_integers(unary: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, ...]:
    """Scales an energy so that no labelling costs more than `LARGEST_ENERGY`.

    Args:
        unary: float (N, K), at least 0; infinite where a label is forbidden, finite
            for one label of every node at least.
        weights: float (M,), of the edges; at least 0.

    Returns:
        `(unary, weights)` int64; infinite costs have become `FORBIDDEN`.
    """
    finite = np.isfinite(unary)
    bound = np.where(finite, unary, 0.0).max(axis=1).sum() + weights.sum()
    # Rounding up by a half per term must not lead past the bound either.
    room = LARGEST_ENERGY - len(unary) - len(weights)
    scale = room / bound if bound > 0.0 else 1.0
    scaled = np.rint(np.where(finite, unary, 0.0) * scale).astype(np.int64)
    scaled[~finite] = FORBIDDEN
    return scaled, np.rint(weights * scale).astype(np.int64)


def energy(
    labels: np.ndarray, unary: np.ndarray, edges: np.ndarray, weights: np.ndarray
) -> float:
    """Returns E(x) of a labelling; integer for integer costs.

    Args:
        labels: int (N,), below K.
        unary: (N, K), cost of each label at each node.
        edges: int (M, 2), pairs of nodes.
        weights: (M,), cost of each edge whose ends differ in label.
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
    """Lowers the energy by expansion moves until none helps.

    One move for label a lets every node keep its label or take a, at the least energy;
    that is a minimum cut. A cycle makes a move for every label. With two labels the
    result is the global minimum, with more it is within a factor 2 of it.

    Args:
        labels: int (N,), where to start: a labelling of finite cost.
        unary: int (N, K), from 0 to `FORBIDDEN`, e.g. of `to_integers`.
        edges: int (M, 2), pairs of nodes, each pair once.
        weights: int (M,), at least 0.
        max_cycles: most passes over the labels. A few are enough as a rule.

    Returns:
        int (N,), labels whose energy is at most that of the start.

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
    """Returns the best labelling in which nodes keep their label or take `label`."""
    first, second = edges.T
    keep = unary[np.arange(len(labels)), labels]
    take = unary[:, label].copy()
    # With s = 1 for nodes that take the label, an edge costs A, B, C, 0 for (s_i, s_j)
    # = (0, 0), (0, 1), (1, 0), (1, 1); that is A + (C - A) s_i - C s_j
    # + (B + C - A) (1 - s_i) s_j, and B + C >= A: the triangle inequality.
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

    Args:
        keep, take: int (N,), costs of s_i = 0 and of s_i = 1, of either sign. Their
            differences must be below 2^31, as must the least sum less
            Σ_i min(keep_i, take_i), which is the flow.
        edges: int (M, 2), pairs (i, j) of different nodes, each pair once.
        capacity: int (M,), the c_ij, from 0 to 2^31 - 1.

    Returns:
        bool (N,), s. Among several minima, the one with the fewest s_i = 1.
    """
    count = len(keep)
    source, sink = count, count + 1
    nodes = np.arange(count)
    # An edge from the source's side (s = 0) to the sink's (s = 1) is cut.
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
    residual.eliminate_zeros()  # searches take a stored zero for an edge
    reaching = scipy.sparse.csgraph.breadth_first_order(
        scipy.sparse.csr_array(residual.T), sink, return_predecessors=False
    )
    taken = np.zeros(count + 2, bool)
    taken[reaching] = True
    return taken[:count]
