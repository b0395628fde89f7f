"""Tests of what a bench takes from flags, data set and published trainings."""

import pathlib

import pytest
import tiny_run

from trainers import reproduce
from trainers.errors import UserError
from trainers.paper.bench import PROPOSALS, Bench
from trainers.paper.chosen_settings import usual_settings
from trainers.paper.runs import Run
from trainers.paper.study import Setting
from trainers.paper.trainings import FULL, PCE, PCE_PHASE1, regularized, scribblesup

ROOT = pathlib.Path("runs")


def given(*arguments):
    return tiny_run.given(reproduce, "--table=1", *arguments)


@pytest.mark.parametrize(
    "dataset, network, name",
    [
        ("synthetic", None, "synthetic"),
        ("folder", None, "deeplab_resnet101"),
        ("folder", "deeplab_vgg16", "deeplab_vgg16"),
        ("folder", "deeplab_v3_plus_mobilenet_v2", "deeplab_resnet101"),
    ],
)
def test_post_processing_fits_the_images_and_the_network(dataset, network, name):
    bench = Bench(given(f"--dataset={dataset}"), ROOT, 0, network)
    run = bench.with_crf(PCE)
    assert run.flags["crf"] == name
    assert run.program == "evaluate"


def settings_of(name, setting):
    flags = dict(regularized(name, setting).flags)
    del flags["regularizer"]
    return flags


def test_flags_go_before_what_was_chosen_for_the_images():
    chosen = {"kernelcut": {"regularizer_weight": 7.0, "gamma": 0.02}}
    setting = Setting(given(), chosen)
    assert settings_of("kernelcut", setting) == chosen["kernelcut"]
    assert settings_of("crf", setting) == {}
    assert setting.chosen_for("kernelcut_clicks") == {}
    setting = Setting(given("--gamma=0.5"), chosen)
    assert settings_of("kernelcut", setting) == {"regularizer_weight": 7.0}
    flags = Bench(setting.given, ROOT, 0).flags(regularized("kernelcut", setting))
    assert (flags["regularizer_weight"], flags["gamma"]) == (7.0, 0.5)


@pytest.mark.parametrize(
    "arguments, weight",
    [([], 3.0), (["--synthetic_camouflage"], 0.3), (["--dataset=folder"], None)],
)
def test_weights_are_those_chosen_for_the_kind_of_images(arguments, weight):
    chosen = usual_settings(given(*arguments))
    assert chosen.get("adm", {}).get("regularizer_weight") == weight


def test_a_published_training_does_not_go_on():
    bench = Bench(given(), ROOT, 0, "deeplab_vgg16")
    assert bench.actual(PCE) is PCE_PHASE1
    assert bench.folder(PCE) == ROOT / "pce_phase1"
    assert Bench(given(), ROOT, 0).actual(PCE) is PCE


def test_runs_of_a_seed_have_it_and_start_from_those_of_it():
    flags = Bench(given(), ROOT / "seed2", 2).flags(PCE)
    assert flags["seed"] == 2
    assert flags["init_from"] == str(ROOT / "seed2" / "pce_phase1")
    assert flags["output_dir"] == str(ROOT / "seed2" / "pce")
    assert "seed" not in Bench(given(), ROOT, 0).flags(PCE)


def test_each_run_gets_only_flags_that_have_an_effect():
    """Protects: masks have no scribbles' length, pCE no weight of a regularizer."""
    values = given(
        "--length_ratio=0.5", "--sigma_rgb=9", "--gamma=1", "--ramp_epochs=2"
    )
    bench, setting = Bench(values, ROOT, 0), Setting(values, {})
    assert {"length_ratio", "ramp_epochs"}.isdisjoint(bench.flags(FULL))
    assert bench.flags(scribblesup())["length_ratio"] == 0.5
    assert "gamma" not in bench.flags(regularized("crf", setting))
    assert bench.flags(regularized("crf", setting))["sigma_rgb"] == 9
    assert "sigma_rgb" not in bench.flags(PCE)
    logging = Bench(values | {"log_crf_energy": True}, ROOT, 0)
    assert logging.flags(PCE)["sigma_rgb"] == 9
    cued = Run("tags", "tag", {"boundary": "crf"}, uses={"cues": (PCE, "cues.npz")})
    first = Run("first", "tag", {"boundary": "none"})
    values = given("--classifier_epochs=1", "--cam_scale=1", "--sigma_xy=9")
    bench = Bench(values, ROOT, 0)
    assert {"classifier_epochs", "cam_scale"} <= set(bench.flags(first))
    assert "sigma_xy" not in bench.flags(first)
    assert {"classifier_epochs", "cam_scale"}.isdisjoint(bench.flags(cued))
    assert bench.flags(cued)["sigma_xy"] == 9


def test_augmentation_of_the_trainings_is_none_of_the_scores():
    """Protects: --scales and --noflip are about training; scores are at one scale."""
    values = given("--scales=0.5,1", "--noflip")
    bench = Bench(values, ROOT, 0)
    assert bench.flags(PCE)["scales"] == (0.5, 1.0)
    assert {"scales", "flip"}.isdisjoint(bench.flags(bench.with_crf(PCE)))


def test_networks_on_top_of_another_one_start_from_its_run_of_the_same_name():
    base = Bench(given(), ROOT / "base", 0, "deeplab_largefov")
    bench = Bench(given(), ROOT / "msc", 0, "deeplab_msc_largefov", base)
    crf = regularized("crf", Setting(given(), {}))
    flags = bench.flags(crf)
    assert flags["weights"] == str(ROOT / "base" / "crf" / "last.keras")
    assert "init_from" not in flags
    assert base.flags(crf)["init_from"] == str(ROOT / "base" / "pce_phase1")
    jobs = [(owner is base, run.key) for owner, run in bench.runs([PCE, crf])]
    assert jobs == [
        (True, "pce_phase1"),
        (True, "crf"),
        (False, "pce_phase1"),
        (False, "crf"),
    ]


def test_damaged_scores_of_proposals_are_told(tmp_path):
    bench = Bench(given(), tmp_path, 0)
    assert bench.proposal_score(PCE) is None
    folder = bench.folder(PCE)
    folder.mkdir(parents=True)
    file = folder / PROPOSALS
    file.write_text('{"mean_iou": 0.25}')
    assert bench.proposal_score(PCE) == 25
    for text in ("{", "[]", '{"mean_iow": 0.25}'):
        file.write_text(text)
        with pytest.raises(UserError, match=r"is damaged: .* Delete it"):
            bench.proposal_score(PCE)
