"""Each benchmark makes its contestants, runs them and compares them."""

import keras
import numpy as np
import pytest

from benchmarks.contestants import lattice, numpy_loss, op, plain, programs
from benchmarks.contestants.problem import Problem
from benchmarks.harness import arena, measure, scenarios
from benchmarks.harness.rows import Entry
from benchmarks.lineups import filter as filter_lineup
from benchmarks.lineups import losses as losses_lineup
from benchmarks.lineups import networks, trainer, training_step
from tf_rloss import models, ops

TINY = scenarios.Scenario(size=17, channels=3, threads=2, batch=2)


@pytest.fixture
def problem(tmp_path):
    return TINY.write(["astronaut", "coffee"], tmp_path)


@pytest.mark.slow
def test_filter_measures_every_contestant(local_workers):
    options = arena.Options(devices=("CPU",), xla=False, rounds=1, rivals=1)
    for scenario, *measured in arena.compete(filter_lineup.Lineup, [TINY], options):
        assert scenario == TINY
        rows = filter_lineup.rows_of(*measured, scenario.compulsory_bytes)
        stages = filter_lineup.stages_of(measured[0])
    by_name = {row["who"]: row for row in rows}
    for row in rows:
        assert row["ms"] >= row["min_ms"] > 0
        assert row["rival_ms"] > 0
    own, other = by_name["op"], by_name["plain lattice"]
    assert own["vs_plain"] == pytest.approx(other["ms"] / own["ms"])
    assert "vs_plain" not in other
    assert by_name["ten filters, one lattice"]["vs_plain"] > 0
    assert stages["lattice points"] > 0
    # The stages are those of one call.
    assert sum(stages[name] for name in lattice.STAGES) < 1000


def test_distance_from_the_limit_is_that_to_copying():
    class Handle:
        def __init__(self, name):
            self.name = name

    own, copy = Handle("op"), Handle("copying memory")
    entries = [Entry(own, "filter"), Entry(copy, "copy")]
    times = {
        own: measure.Times(10.0, 9.0, 5),
        # 64 MB read and 64 MB written in 8 ms: 16 GB/s
        copy: measure.Times(8.0, 8.0, 5),
    }
    row, _ = filter_lineup.rows_of(entries, times, compulsory_bytes=40_000_000)
    assert row["gb_per_s"] == pytest.approx(4.0)
    assert row["of_copy_%"] == pytest.approx(25.0)
    assert row["floor_ms"] == pytest.approx(2.5)


def test_all_contestants_filter_alike(problem):
    core_library = lattice.build()
    symmetric = op.make(problem).call().numpy()
    core = lattice.make(core_library, problem, threads=2).call()
    np.testing.assert_array_equal(core, symmetric)
    equalized = op.make(problem, kind="equalized").call()
    core = lattice.make(core_library, problem, threads=2, equalized=True).call()
    np.testing.assert_array_equal(core, equalized)
    one_order = op.make(problem, kind="one order").call().numpy()
    planar = plain.make(plain.build(), problem).call()
    # Both sum float32, in different orders.
    np.testing.assert_allclose(planar.transpose(0, 2, 1), one_order, rtol=1e-4)


@pytest.mark.slow
def test_losses_are_compared_with_the_crf_loss_and_the_yardsticks(local_workers):
    options = arena.Options(devices=("CPU",), xla=False, rounds=1)
    ((_, *measured),) = arena.compete(losses_lineup.Lineup, [TINY], options)
    rows = {row["who"]: row for row in losses_lineup.rows_of(*measured)}
    assert rows["dense CRF"]["of_crf"] == 1
    twice = rows["kernel cut, two affinities"]
    assert twice["of_crf"] == pytest.approx(twice["ms"] / rows["dense CRF"]["ms"])
    assert twice["vs_plain"] == pytest.approx(
        rows["dense CRF of plain"]["ms"] / twice["ms"]
    )


def test_numpy_loss_is_the_energy_of_the_filter(problem):
    energy, gradient = numpy_loss.make(
        problem, plain.build(), "plain", threads=1
    ).call()
    own = Problem(**problem)
    probs = own.probs.reshape(2, -1, 3)
    expected = ops.permutohedral_filter(probs, own.features).numpy()
    # Sums over 17 x 17 pixels in float32.
    assert energy == pytest.approx(-np.vdot(probs, expected) / 2, rel=1e-4)
    planar = expected.reshape(2, 17, 17, 3).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(gradient, -planar, rtol=1e-4)


@pytest.mark.slow
def test_training_step_gives_the_share_of_each_loss(
    local_workers, problem, monkeypatch
):
    def one_layer(name, num_classes):
        image = keras.Input((None, None, 3))
        probs = keras.layers.Conv2D(num_classes, 1, activation="softmax")(image)
        return keras.Model(image, probs, name=name)

    monkeypatch.setattr(models, "build", one_layer)
    with measure.Worker() as worker:
        made = training_step.enter(worker, problem, "one_layer")
        times = measure.take_turns(list(made.values()), rounds=1)
    first, *rows = training_step.rows_of(made, times)
    points = training_step.points_of([first, *rows])
    assert [point["ms"] for point in points] == [
        first["step_ms"],
        *(row["alone_ms"] for row in rows),
    ]
    assert len(rows) == 4
    for row in rows:
        share = 100 * row["alone_ms"] / row["step_ms"]
        assert row["share_%"] == pytest.approx(share)


@pytest.mark.slow
def test_networks_are_compared_with_the_first(local_workers, problem):
    with measure.Worker() as one, measure.Worker() as other:
        made = networks.enter([one, other], problem, ["small_deeplab", "small_deeplab"])
        times = measure.take_turns(made, rounds=1)
    first, second = networks.rows_of(made, times)
    assert first["vs_first"] == 1
    assert second["vs_first"] == pytest.approx(second["step_ms"] / first["step_ms"])
    assert second["step_ms"] >= second["min_ms"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("program", programs.PROGRAMS)
def test_the_parts_of_a_training_are_compared_with_the_bare_step(
    program, local_workers
):
    options = {"model": "small_deeplab", "size": 32, "batch": 2}
    with measure.Worker() as worker:
        made = trainer.enter(worker, program, **options)
        times = measure.take_turns(made, rounds=1)
    rows = {row["part"]: row for row in trainer.rows_of(made, times, batch=2)}
    assert set(rows) == set(programs.PARTS)
    assert rows["bare step"]["of_bare"] == 1
    step, fit, scores = (rows[n] for n in ("step", "Keras fit", "validation"))
    assert step["ms_an_image"] == step["ms"] / 2
    fit_ms = times[next(h for h in made if h.name == "Keras fit")].median_ms
    assert fit["ms"] == pytest.approx(fit_ms / programs.FIT_STEPS)
    assert scores["ms_an_image"] == scores["ms"] / programs.VAL_IMAGES
    assert "of_bare" not in rows["pictures"]


def test_presets_hold_distinct_problems():
    for name in scenarios.PRESETS:
        problems = scenarios.preset(name)
        assert len(set(problems)) == len(problems) > 0
