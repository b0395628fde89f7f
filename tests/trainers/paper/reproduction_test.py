"""Tests of trainers/reproduce.py: every table and figure, on a toy network."""

import csv
import json
import pathlib

import pytest
import tiny_run
import toys
from toy_folder import write_folder

from tf_rloss import models
from trainers import reproduce
from trainers.datasets.sources import training_sources
from trainers.methods.published import PUBLISHED
from trainers.options import build
from trainers.paper.figure5 import PEOPLE, ratios_of, shortened
from trainers.paper.options import ReproduceOptions
from trainers.paper.reproduction import EXPERIMENTS, chosen_name, make_study
from trainers.paper.semi_supervision import pairs

FOLDER = "small_deeplab/seed0"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where all experiments share their trainings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            models,
            "build",
            lambda name, num_classes, **_: toys.build_segmenter(num_classes),
        )
        yield tmp_path_factory.mktemp("reproduce")


def run(folder: pathlib.Path, **experiment) -> str:
    """Runs an experiment as --quick does; returns what it printed."""
    flags = {"quick": True, "output_dir": folder, "tensorboard": False}
    code, out, err = tiny_run.call(reproduce, **flags, **experiment)
    assert code == 0, err
    return out


def study_of(*arguments: str):
    """Returns the study that flags ask for, before anything is trained."""
    given = tiny_run.given(reproduce, *arguments)
    options = build(ReproduceOptions, given)
    return make_study(given, options, EXPERIMENTS[chosen_name(options)])


def rows(file: pathlib.Path) -> dict[tuple[str, str, str], float]:
    """Figures of a table by row, column and source."""
    with file.open(newline="") as text:
        return {
            (row["row"], row["column"], row["source"]): float(row["value"])
            for row in csv.DictReader(text)
        }


def test_table1_has_ours_beside_the_papers(folder):
    out = run(folder, table=1)
    cells = rows(folder / "table1.csv")
    metrics = json.loads((folder / FOLDER / "crf" / "metrics.json").read_text())
    ours = cells["small_deeplab", "CRF", "ours"]
    assert ours == pytest.approx(100 * metrics["last"]["mean_iou"])
    assert ("small_deeplab + CRF", "KernelCut", "ours") in cells
    assert cells["DeepLab-VGG16", "CRF", "paper"] == 64.4
    assert (folder / "table1.png").exists()
    assert "paper: DeepLab-VGG16" in out and "CRF above pCE" in out
    # The table says how it was made.
    text = (folder / "table1.md").read_text()
    assert "--synthetic_images=8" in text and "output_dir" not in text
    assert "- crf: `python -m trainers.scribble --regularizer=crf" in text
    assert "`, from pce_phase1" in text


@pytest.mark.slow
def test_table2_trains_on_proposals(folder):
    out = run(folder, table=2)
    cells = rows(folder / "table2.csv")
    for column in (
        "GrabCut (once)",
        "ScribbleSup (iterative)",
        "DenseCRF-ADM (online)",
        "DenseCRF-ADM as the authors ran it",
    ):
        assert 0.0 < cells["small_deeplab", column, "ours"] < 100.0
    # Masks of the training images, and networks near borders, are scored, too.
    guessed = json.loads((folder / FOLDER / "grabcut" / "proposals.json").read_text())
    row = "small_deeplab, masks trained on"
    assert cells[row, "GrabCut (once)", "ours"] == pytest.approx(
        100 * guessed["mean_iou"]
    )
    assert (row, "DenseCRF-GD", "ours") not in cells
    for name in ("without void", "within 5 px of borders"):
        assert 0.0 < cells[f"small_deeplab, {name}", "full masks", "ours"] < 100.0
    assert "precondition, the masks of pCE's network" in out
    # Its rounds start from one another, and the networks make the later proposals.
    config = json.loads((folder / FOLDER / "scribblesup" / "config.json").read_text())
    assert config["flags"]["--init_from"].endswith("scribblesup_round2")


@pytest.mark.slow
def test_table3_and_figure4_learn_from_tags(folder):
    out = run(folder, table=3)
    cells = rows(folder / "table3.csv")
    layer = "time of the layer (s/batch)"
    assert cells[layer, "+ CRF loss", "ours"] > 0.0
    assert (layer, "seed + expand", "ours") not in cells
    assert "times less than the constraint" in out
    run(folder, figure=4)
    assert (folder / "figure4.png").stat().st_size > 1000


def test_table4_compares_the_places_of_a_crf(folder):
    run(folder, table=4)
    cells = rows(folder / "table4.csv")
    refined = json.loads(
        (folder / FOLDER / "crf_with_crf" / "metrics.json").read_text()
    )
    assert cells[
        "small_deeplab", "pCE + CRF loss, CRF after it", "ours"
    ] == pytest.approx(100 * refined["mean_iou"])


@pytest.mark.slow
def test_table5_reports_both_losses_on_validation_images(folder):
    run(folder, table=5)
    cells = rows(folder / "table5.csv")
    assert 0.0 < cells["NC weight 0", "NC loss", "ours"] < 2.0
    assert cells["NC weight 0.5", "cross entropy", "paper"] == 0.125


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2, 3])
def test_figures_of_scribbles_are_drawn(folder, number):
    run(folder, figure=number)
    assert (folder / f"figure{number}.png").stat().st_size > 1000


@pytest.mark.slow
def test_semi_supervision_is_plotted(folder):
    run(folder, semi=True)
    cells = rows(folder / "semi.csv")
    assert len([key for key in cells if key[2] == "ours"]) >= 4
    assert (folder / "semi.png").stat().st_size > 1000


@pytest.mark.slow
def test_figure5_shortens_the_scribbles(folder):
    run(folder, figure=5)
    cells = rows(folder / "figure5.csv")
    assert {column for _, column, _ in cells} == {"length 1", "length 0"}
    assert (folder / "figure5_scribbles.png").stat().st_size > 1000


def test_peoples_clicks_are_a_further_column_of_figure5(folder, tmp_path):
    data_dir = write_folder(tmp_path / "data", 8)
    points = [{"x": 3, "y": 4, "cls": 1}, {"x": 12, "y": 10, "cls": 0}]
    clicks = tmp_path / "clicks.json"
    clicks.write_text(json.dumps({n.stem: points for n in data_dir.glob("images/*")}))
    flags = ["--figure=5", "--quick", f"--clicks={clicks}"]
    study = study_of(*flags, "--dataset=folder", f"--data_dir={data_dir}")
    runs = shortened(PEOPLE, study.setting)
    assert all(run.flags["points"] == str(clicks) for run in runs.values())
    assert not any("length_ratio" in run.flags for run in runs.values())
    source, _ = training_sources(study.first.flags(runs["KC"]))
    labelled = source.read(source.ids[0]).scribble
    assert set(labelled[labelled != 255].tolist()) == {0, 1}
    assert ratios_of(study.setting) == (1.0, 0.0, PEOPLE)


def test_numbers_of_labelled_images_are_chosen_by_a_flag(tmp_path):
    data_dir = write_folder(tmp_path / "data", 8)
    more = [
        "--dataset=folder",
        f"--data_dir={data_dir}",
        f"--unlabelled_dir={data_dir}",
    ]
    study = study_of("--semi", "--quick", "--labelled_counts=2,4", *more)
    flags = [study.first.flags(run) for both in pairs(study.setting) for run in both]
    assert [given["labelled_images"] for given in flags] == [2, 2, 4, 4]
    assert all(given["unlabelled_dir"] == str(data_dir) for given in flags)


@pytest.mark.parametrize(
    "flag, needed",
    [("clicks", "figure=5"), ("labelled_counts", "semi"), ("unlabelled_dir", "semi")],
)
def test_flags_of_another_experiment_are_refused(tmp_path, flag, needed):
    result = tiny_run.call(reproduce, table=1, output_dir=tmp_path, **{flag: "4"})
    tiny_run.assert_one_line(result, f"--{flag} needs --{needed}")


def test_clicks_stay_inside_what_they_are_on():
    study = study_of("--figure=5", "--quick")
    run = shortened(0.0, study.setting)["pCE"]
    source, _ = training_sources(study.first.flags(run))
    for example in map(source.read, source.ids[:8]):
        clicked = example.scribble != 255
        assert clicked.any()
        assert (example.scribble == example.mask)[clicked].all()


def test_nothing_is_trained_twice(folder):
    out = run(folder, table=1)
    assert out.count("finished already") == 7


def test_one_experiment_at_a_time(tmp_path):
    result = tiny_run.call(reproduce, table=1, figure=2, output_dir=tmp_path)
    tiny_run.assert_one_line(result, "Choose one of --table", "table1, figure2")


def test_an_unknown_network_is_named(tmp_path):
    result = tiny_run.call(reproduce, table=1, networks="vgg", output_dir=tmp_path)
    tiny_run.assert_one_line(result, "--networks must be some of", "vgg")


def test_branches_are_built_on_a_network_that_was_trained_before():
    """The bench of MSc-LargeFOV knows that of the LargeFOV of the same seed."""
    study = study_of("--table=1", "--quick", "--networks=deeplab_msc_largefov")
    assert study.first.published is PUBLISHED["deeplab_msc_largefov"]
    assert study.first.base.root.parent.name == "deeplab_largefov"
