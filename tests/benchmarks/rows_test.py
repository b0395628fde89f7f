"""Each benchmark makes its contestants, runs them and compares them."""

import keras
import numpy as np
import pytest

from benchmarks import (
    filter_arena,
    filter_contestants,
    filter_rows,
    loss_contestants,
    loss_rows,
    measure,
    native,
    scenarios,
    step_rows,
    tensorflow_contestants,
)
from benchmarks.workers import Workers
from tf_rloss import models, ops

TINY = scenarios.Scenario(size=17, channels=3, threads=2, batch=2)


@pytest.fixture
def problem(tmp_path):
    return filter_rows.write_problem(TINY, ["astronaut", "coffee"], tmp_path)


def test_filter_measures_every_contestant(local_workers):
    options = filter_arena.Options(devices=("CPU",), xla=False, rounds=1, rivals=1)
    ((scenario, rows, stages),) = filter_rows.measure_all([TINY], options)
    assert scenario == TINY
    by_name = {row["who"]: row for row in rows}
    for row in rows:
        assert row["ms"] >= row["min_ms"] > 0
        assert row["rival_ms"] > 0
    op, plain = by_name["op"], by_name["plain lattice"]
    assert op["vs_plain"] == pytest.approx(plain["ms"] / op["ms"])
    assert "vs_plain" not in plain
    assert by_name["ten filters, one lattice"]["vs_plain"] > 0
    assert stages["lattice points"] > 0
    # The stages are those of one call.
    assert sum(stages[name] for name in native.STAGES) < 1000


def test_distance_from_the_limit_is_that_to_copying():
    class Contestant:
        def __init__(self, name):
            self.name = name

    op, copy = Contestant("op"), Contestant("copying memory")
    entries = [filter_arena.Entry(op, "filter"), filter_arena.Entry(copy, "copy")]
    times = {
        op: measure.Times(10.0, 9.0, 5),
        # 64 MB read and 64 MB written in 8 ms: 16 GB/s
        copy: measure.Times(8.0, 8.0, 5),
    }
    row, _ = filter_rows.rows_of(entries, times, compulsory_bytes=40_000_000)
    assert row["gb_per_s"] == pytest.approx(4.0)
    assert row["of_copy_%"] == pytest.approx(25.0)
    assert row["floor_ms"] == pytest.approx(2.5)


def test_all_contestants_filter_alike(local_workers, problem):
    op = tensorflow_contestants.op(problem).call().numpy()
    core = filter_contestants.core(native.build_core(), problem, threads=2).call()
    np.testing.assert_array_equal(core, op)
    equalized = tensorflow_contestants.op(problem, kind="equalized").call()
    core = filter_contestants.core(
        native.build_core(), problem, threads=2, equalized=True
    ).call()
    np.testing.assert_array_equal(core, equalized)
    one_order = tensorflow_contestants.op(problem, kind="one order").call().numpy()
    plain = filter_contestants.plain(native.build_plain(), problem).call()
    # Both sum float32, in different orders.
    np.testing.assert_allclose(plain.transpose(0, 2, 1), one_order, rtol=1e-4)


def test_losses_are_compared_with_the_crf_loss_and_the_yardsticks(
    local_workers, problem
):
    with Workers(["CPU"]) as workers:
        libraries = {"plain": native.build_plain()}
        crf_of = loss_rows.enter(workers, TINY, problem, libraries, with_xla=False)
        times = measure.take_turns(list(crf_of), rounds=1)
    rows = {row["who"]: row for row in loss_rows.rows_of(crf_of, times)}
    assert rows["dense CRF"]["of_crf"] == 1
    twice = rows["kernel cut, two affinities"]
    assert twice["of_crf"] == pytest.approx(twice["ms"] / rows["dense CRF"]["ms"])
    assert twice["vs_plain"] == pytest.approx(
        rows["dense CRF of plain"]["ms"] / twice["ms"]
    )


def test_reference_loss_is_the_energy_of_the_filter(local_workers, problem):
    energy, gradient = loss_contestants.reference_loss(
        problem, native.build_plain(), "plain", threads=1
    ).call()
    own = filter_contestants.Problem(**problem)
    probs = loss_contestants.probabilities(own).reshape(2, -1, 3)
    expected = ops.permutohedral_filter(probs, own.features).numpy()
    # Sums over 17 x 17 pixels in float32.
    assert energy == pytest.approx(-np.vdot(probs, expected) / 2, rel=1e-4)
    planar = expected.reshape(2, 17, 17, 3).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(gradient, -planar, rtol=1e-4)


def test_training_step_gives_the_share_of_each_term(
    local_workers, problem, monkeypatch
):
    def one_layer(name, num_classes):
        image = keras.Input((None, None, 3))
        probs = keras.layers.Conv2D(num_classes, 1, activation="softmax")(image)
        return keras.Model(image, probs, name=name)

    monkeypatch.setattr(models, "build", one_layer)
    with measure.Worker() as worker:
        made = step_rows.enter(worker, problem, "one_layer")
        times = measure.take_turns(list(made.values()), rounds=1)
    plain, *rows = step_rows.rows_of(made, times)
    points = step_rows.points_of([plain, *rows])
    assert [point["ms"] for point in points] == [
        plain["step_ms"],
        *(row["alone_ms"] for row in rows),
    ]
    assert len(rows) == 4
    for row in rows:
        share = 100 * row["alone_ms"] / row["step_ms"]
        assert row["share_%"] == pytest.approx(share)


def test_presets_hold_distinct_problems():
    for name in scenarios.PRESETS:
        problems = scenarios.preset(name)
        assert len(set(problems)) == len(problems) > 0
