"""Minimum cuts and expansion moves agree with the enumeration of all labellings."""

import itertools

import numpy as np
import pytest

from tf_rloss.proposals.graph_cut import (
    FORBIDDEN,
    LARGEST_ENERGY,
    alpha_expansion,
    energy,
    minimum_cut,
    to_integers,
)


def random_problem(seed, nodes=7, labels=2, largest=50):
    rng = np.random.default_rng(seed)
    pairs = np.array(list(itertools.combinations(range(nodes), 2)))
    edges = pairs[rng.uniform(size=len(pairs)) < 0.5]
    unary = rng.integers(0, largest, (nodes, labels))
    return unary, edges, rng.integers(0, largest, len(edges))


def all_labellings(nodes, labels):
    return np.array(list(itertools.product(range(labels), repeat=nodes)))


@pytest.mark.parametrize("seed", range(8))
def test_minimum_cut_is_that_of_enumeration(seed):
    unary, edges, capacity = random_problem(seed)
    unary -= 25  # either sign is allowed

    def cost(s):
        cut = ~s[edges[:, 0]] & s[edges[:, 1]]
        return np.where(s, unary[:, 1], unary[:, 0]).sum() + capacity[cut].sum()

    every = all_labellings(len(unary), 2).astype(bool)
    costs = np.array([cost(s) for s in every])
    s = minimum_cut(unary[:, 0], unary[:, 1], edges, capacity)
    assert cost(s) == costs.min()
    # Of several minima, the one that moves the fewest nodes.
    assert s.sum() == every[costs == costs.min()].sum(axis=1).min()


@pytest.mark.parametrize("seed", range(8))
def test_two_labels_reach_the_global_minimum(seed):
    problem = random_problem(seed)
    least = min(energy(x, *problem) for x in all_labellings(7, 2))
    for start in (np.zeros(7, int), np.ones(7, int)):
        assert energy(alpha_expansion(start, *problem), *problem) == least


@pytest.mark.parametrize("seed", range(6))
def test_three_labels_leave_no_better_expansion_move(seed):
    problem = random_problem(seed, nodes=6, labels=3)
    found = alpha_expansion(np.zeros(6, int), *problem)
    reached = energy(found, *problem)
    for label in range(3):
        for takes in all_labellings(6, 2).astype(bool):
            assert energy(np.where(takes, label, found), *problem) >= reached
    least = min(energy(x, *problem) for x in all_labellings(6, 3))
    assert reached <= 2 * least  # the bound of Boykov et al. for the Potts model


@pytest.mark.parametrize("seed", range(4))
def test_every_cycle_lowers_the_energy_or_keeps_the_labels(seed):
    problem = random_problem(seed, nodes=40, labels=5, largest=20)
    labels = np.random.default_rng(seed).integers(0, 5, 40)
    reached = [energy(labels, *problem)]
    for _ in range(5):
        moved = alpha_expansion(labels, *problem, max_cycles=1)
        reached.append(energy(moved, *problem))
        assert reached[-1] < reached[-2] or (moved == labels).all()
        labels = moved
    assert reached[-1] < reached[0]


def test_forbidden_labels_are_never_taken():
    unary, edges, weights = random_problem(3, nodes=30, labels=4)
    forbidden = np.random.default_rng(0).uniform(size=unary.shape) < 0.5
    forbidden[np.arange(30), np.arange(30) % 4] = False
    costs, weights = to_integers(np.where(forbidden, np.inf, unary), 1e3 * weights)
    found = alpha_expansion(np.arange(30) % 4, costs, edges, weights)
    assert not forbidden[np.arange(30), found].any()


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e12])
def test_integers_keep_the_ratios_and_fit_into_int32(size):
    rng = np.random.default_rng(0)
    unary, weights = size * rng.uniform(size=(50, 3)), size * rng.uniform(size=200)
    unary[0, 0] = np.inf
    costs, capacity = to_integers(unary, weights)
    assert costs[0, 0] == FORBIDDEN
    costs[0, 0] = 0
    assert costs.max(axis=1).sum() + capacity.sum() <= LARGEST_ENERGY
    scale = capacity.max() / weights.max()
    # Rounding is to 1, of about 2^21 for the largest.
    np.testing.assert_allclose(capacity, weights * scale, atol=1.5)
    np.testing.assert_allclose(costs[1:], unary[1:] * scale, atol=1.5)


def test_costs_near_the_bound_do_not_overflow():
    # A chain whose ends are fixed to different labels and whose middle is free: the cut
    # must be at the weak edge, though forbidden labels and flows are near 2^29.
    unary = np.zeros((6, 2))
    unary[0, 1] = unary[5, 0] = np.inf
    edges = np.stack([np.arange(5), np.arange(1, 6)], axis=1)
    costs, weights = to_integers(unary, np.array([4.0, 3.0, 1.0, 3.0, 4.0]))
    start = np.array([0, 1, 1, 1, 1, 1])
    found = alpha_expansion(start, costs, edges, weights)
    np.testing.assert_array_equal(found, [0, 0, 0, 1, 1, 1])


def test_without_costs_or_edges_labels_stay():
    edges, weights = np.zeros((0, 2), int), np.zeros(0, int)
    costs, weights = to_integers(np.zeros((3, 2)), weights.astype(float))
    start = np.array([1, 0, 1])
    found = alpha_expansion(start, costs, edges, weights)
    np.testing.assert_array_equal(found, start)
