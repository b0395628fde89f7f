"""The variants of the lattice, and what their comparison measures."""

import numpy as np
import pytest

from benchmarks import accuracy_scores, accuracy_tradeoff, lattice_variants, photographs
from benchmarks.lattice_variants import Variant
from tf_rloss import ops


def scene(size=16, channels=3):
    image = photographs.load("astronaut", size, size)
    features = photographs.features(image[None], size / 5, 15)[0]
    values = np.random.default_rng(0).random((size * size, channels), np.float32)
    return image, features, values, np.arange(size * size)


@pytest.mark.parametrize("symmetric", [True, False])
def test_usual_variant_is_the_filter(symmetric):
    _, features, values, rows = scene()
    # The variants move the features' mean to zero, and the lattice with it.
    features = features - features.mean(axis=0, dtype=np.float64)
    variant = Variant("usual", symmetric=symmetric)
    result = lattice_variants.apply(variant, values, features, rows)
    expected = ops.reference.lattice_filter(values, features, symmetric=symmetric)
    # Sums of float32 against those of float64.
    np.testing.assert_allclose(result.filtered, expected, rtol=1e-5)


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_equalized_point_has_affinity_one_with_itself(dim):
    # On a lattice without gaps: so many rings that no path of the blur leaves it.
    feature = np.random.default_rng(dim).normal(size=(1, dim))
    weights = ops.reference.embed(feature)[1]
    table = lattice_variants.self_affinities(dim, tap=0.25, passes=1)
    corners = np.arange(dim + 1)
    between = table[np.abs(corners[:, None] - corners)]
    own = weights[0] @ between @ weights[0]
    vertices = ops.reference.embed(feature)[0][0]
    # All vertices that blurs along every axis reach, as a dictionary.
    step = np.ones((dim + 1, dim + 1), int) - (dim + 1) * np.eye(dim + 1, dtype=int)
    lattice = {tuple(v): w for v, w in zip(vertices, weights[0], strict=True)}
    for along in step:
        blurred = {}
        for place, mass in lattice.items():
            for sign, tap in ((0, 0.5), (1, 0.25), (-1, 0.25)):
                key = tuple(np.add(place, sign * along))
                blurred[key] = blurred.get(key, 0.0) + tap * mass
        lattice = blurred
    sliced = sum(
        w * lattice[tuple(v)] for v, w in zip(vertices, weights[0], strict=True)
    )
    assert own == pytest.approx(sliced, rel=1e-12)


def test_ring_takes_away_most_of_the_asymmetry():
    _, features, values, rows = scene()
    usual, ring = (
        lattice_variants.apply(Variant("", ring_links=links), values, features, rows)
        for links in (0, 1)
    )
    assert ring.vertices > usual.vertices
    assert ring.asymmetry < usual.asymmetry / 2


def test_exact_rows_are_those_of_the_reference():
    _, features, values, rows = scene()
    expected = ops.reference.exact_filter(values, features)
    actual = accuracy_scores.exact_rows(values, features, rows[::7])
    np.testing.assert_allclose(actual, expected[::7], rtol=1e-5)  # float32 sums


def test_exact_filter_scores_no_error():
    image, *_ = scene()
    maps = accuracy_scores.segmentations(image, 4)
    exact = np.random.default_rng(0).random((len(maps[0]), 13))
    for name, error in accuracy_scores.score(maps, exact, 0.6 * exact).items():
        # The scale of W cancels in all of them; rounding is left.
        assert error == pytest.approx(0, abs=1e-9), name


def test_every_variant_gets_a_row_and_a_place_in_the_plot(tmp_path):
    class Costs:
        def of(self, variant, vertices):
            return variant.lattices + vertices * variant.passes / 1000

    image, *_ = scene(24)
    found = accuracy_tradeoff.measure(
        image, 5.0, 15.0, 32, accuracy_tradeoff.VARIANTS, Costs()
    )
    rows = accuracy_tradeoff.mean([found, found])
    assert [row["variant"] for row in rows] == [
        variant.name for variant in accuracy_tradeoff.VARIANTS
    ]
    assert rows[0]["time"] == 1
    for row in rows:
        assert all(0 < row[name] < 50 for name in accuracy_scores.SCORES), row
    accuracy_tradeoff.draw({"small": rows}, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 1000
