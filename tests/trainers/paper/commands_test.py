"""The commands that reproduce prints: the programs take them as they are."""

import importlib
import shlex

import pytest
import tiny_run
from toy_folder import write_folder

from trainers import reproduce
from trainers.methods.published import PUBLISHED
from trainers.options import build
from trainers.paper.options import ReproduceOptions
from trainers.paper.reproduction import EXPERIMENTS, chosen_name

FLAGS_OF = {
    name: {"semi": True} if name == "semi" else {name[:-1]: name[-1]}
    for name in EXPERIMENTS
}
"""Name of an experiment -> the flags that choose it."""


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """A folder of images, without a validation set."""
    return write_folder(tmp_path_factory.mktemp("data"), 4)


def data_flags(dataset, data_dir):
    return {} if dataset == "synthetic" else {"dataset": dataset, "data_dir": data_dir}


def commands(name, **flags):
    """Returns the printed lines, split as a shell does: program and arguments."""
    code, out, err = tiny_run.call(
        reproduce, print=True, **FLAGS_OF[name], **{"output_dir": "runs"} | flags
    )
    assert code == 0, err
    lines = [shlex.split(line) for line in out.splitlines()]
    assert all(line[:2] == ["python", "-m"] for line in lines)
    return [(line[2].removeprefix("trainers."), line[3:]) for line in lines]


def parsed(program, arguments):
    """Returns what a program makes of a command line; it must not refuse it."""
    module = importlib.import_module(f"trainers.{program}")
    given = tiny_run.given(module, *arguments)
    module.check(given)
    return given


def parsed_commands(name, **flags):
    """Returns `(program, given)` of each command."""
    return [
        (program, parsed(program, arguments))
        for program, arguments in commands(name, **flags)
    ]


def by_folder(parsed_lines):
    """Returns what the programs are given, by the end of their folder."""
    return {
        "/".join(given["output_dir"].split("/")[1:]): given for _, given in parsed_lines
    }


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_flags_choose_the_experiment_of_their_name(name):
    assert chosen_name(build(ReproduceOptions, FLAGS_OF[name])) == name


@pytest.mark.parametrize("name", EXPERIMENTS)
@pytest.mark.parametrize("dataset", ["synthetic", "folder", "voc2012_scribble"])
def test_programs_take_every_command(name, dataset, data_dir):
    """Protects: an experiment is a list of commands that a user can type.

    No file of PASCAL VOC is needed to print them.
    """
    plain = parsed_commands(name, **data_flags(dataset, data_dir))
    assert plain
    # What is read was written by a command before.
    folders = []
    for _, given in plain:
        for flag in ("init_from", "weights", "proposals_from", "checkpoint", "cues"):
            if given.get(flag) is not None:
                assert any(given[flag].startswith(folder) for folder in folders), flag
        folders.append(given["output_dir"])
    assert len(set(folders)) == len(folders)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_programs_take_every_command_whatever_flags_were_given(name):
    """Protects: a flag reaches the runs in which it has an effect, no others."""
    flags = {"quick": True, "seeds": "0,3", "length_ratio": 0.5, "sigma_xy": 9}
    flags |= {"sigma_color": 8, "gamma": 0.2, "ramp_epochs": 1, "crop_size": "32,48"}
    flags |= {"scale_range": "1,2", "weights": "none", "flip": False, "cam_scale": 1}
    lines = parsed_commands(name, **flags)
    assert {given.get("seed", 0) for p, given in lines if p != "evaluate"} == {0, 3}
    for program, given in lines:
        if program != "evaluate":
            assert given["crop_size"] == (32, 48)
            assert given["flip"] is False and given["weights"] is None


@pytest.mark.parametrize("network", PUBLISHED)
def test_programs_take_the_commands_of_every_published_network(network, data_dir):
    for name in ("table1", "table2", "table4", "table5", "semi"):
        flags = data_flags("voc2012_scribble", data_dir)
        lines = parsed_commands(name, networks=network, **flags)
        for program, given in lines:
            if program != "evaluate":
                assert given["recipe"] in (network, "deeplab_largefov")


def test_quick_on_a_folder_leaves_out_the_flags_of_generated_images(data_dir):
    lines = parsed_commands("table1", quick=True, **data_flags("folder", data_dir))
    assert lines
    for program, given in lines:
        assert not [flag for flag in given if flag.startswith("synthetic")]
        assert program == "evaluate" or given["phase1_epochs"] == 1


def test_each_column_of_msc_starts_from_a_network_trained_with_its_own_loss(data_dir):
    """Protects: pCE's branches stand on pCE's trunk, those of full masks on theirs.

    Every column used to start from the LargeFOV that was trained with the CRF loss.
    """
    flags = data_flags("voc2012_scribble", data_dir)
    lines = parsed_commands("table1", networks="deeplab_msc_largefov", **flags)
    given = by_folder(lines)
    columns = ("pce_phase1", "ncut", "crf", "kernelcut", "full")
    for column in columns:
        own = given[f"deeplab_msc_largefov/seed0/{column}"]
        base = f"deeplab_largefov/seed0/{column}"
        assert own["weights"] == f"runs/{base}/last.keras"
        assert own["recipe"] == "deeplab_msc_largefov"
        assert given[base]["recipe"] == "deeplab_largefov"
        assert own["regularizer"] == given[base]["regularizer"]
        assert "init_from" not in own
    order = list(given)
    last_base = max(order.index(f"deeplab_largefov/seed0/{c}") for c in columns)
    assert last_base < order.index("deeplab_msc_largefov/seed0/pce_phase1")


def test_seeds_of_msc_stand_on_the_same_seed(data_dir):
    flags = data_flags("voc2012_scribble", data_dir) | {"seeds": "0,4"}
    lines = parsed_commands("table1", networks="deeplab_msc_largefov", **flags)
    given = by_folder(lines)["deeplab_msc_largefov/seed4/crf"]
    assert given["weights"] == "runs/deeplab_largefov/seed4/crf/last.keras"
    assert given["seed"] == 4


def test_table3_on_voc_trains_as_sec_did(data_dir):
    lines = parsed_commands("table3", **data_flags("voc2012_scribble", data_dir))
    assert {program for program, _ in lines} == {"tag"}
    assert [given["boundary"] for _, given in lines] == [
        "none",
        "constrain",
        "constrain_no_backprop",
        "crf",
    ]
    assert {given["recipe"] for _, given in lines} == {"sec_largefov"}
    cues = "runs/sec_largefov/seed0/tags_none/classifier/cues.npz"
    assert [given.get("cues") for _, given in lines] == [None, cues, cues, cues]


@pytest.mark.parametrize(
    "dataset, flag, expected, recipe",
    [
        ("synthetic", "labelled_share", [0.05, 0.125, 0.25, 0.5], None),
        (
            "voc2012_scribble",
            "labelled_images",
            [3000, 5000, 7000],
            "deeplab_largefov",
        ),
    ],
)
def test_arms_of_semi_supervision_differ_in_the_regularizer_alone(
    dataset, flag, expected, recipe, data_dir
):
    """Protects: the gain of unlabelled images is not one of other settings.

    The arms used to differ in recipe, stride, bandwidths and epochs on PASCAL VOC.
    """
    lines = parsed_commands("semi", **data_flags(dataset, data_dir))
    arms = [given for _, given in lines if "init_from" in given]
    counts = []
    for alone, crf in zip(arms[::2], arms[1::2], strict=True):
        differing = {f for f in alone.keys() | crf.keys() if alone.get(f) != crf.get(f)}
        assert differing <= {"regularizer", "labelled_per_batch", "output_dir"}
        assert (alone["regularizer"], crf["regularizer"]) == ("none", "crf")
        counts.append(alone[flag])
    assert counts == expected
    assert {given.get("recipe") for given in arms} == {recipe}


def test_post_processing_is_scored_on_images_that_were_held_out(data_dir):
    lines = parsed_commands("table1", **data_flags("folder", data_dir))
    scores = [given for program, given in lines if program == "evaluate"]
    assert {given["val_fraction"] for given in scores} == {0.1}
    lines = parsed_commands("table1")
    assert not [g for p, g in lines if p == "evaluate" and "val_fraction" in g]


def test_settings_of_a_file_are_in_the_commands(tmp_path):
    (tmp_path / "chosen.json").write_text(
        '{"crf": {"regularizer_weight": 4.5}, "kernelcut_clicks": {"gamma": 0.25}}'
    )
    lines = parsed_commands("figure5", chosen=tmp_path)
    given = by_folder(lines)
    root = "small_deeplab/seed0"
    assert given[f"{root}/crf"]["regularizer_weight"] == 4.5
    assert "regularizer_weight" not in given[f"{root}/kernelcut"]
    assert given[f"{root}/kernelcut_length0"]["gamma"] == 0.25
    assert "regularizer_weight" not in given[f"{root}/crf_length0"]


def test_names_of_classes_and_folders_with_spaces_survive_the_shell(tmp_path):
    data_dir = write_folder(tmp_path / "my data", 2)
    names = "wide land,small block,floor"
    flags = data_flags("folder", data_dir) | {"class_names": names}
    for _, given in parsed_commands("table1", **flags):
        assert given["data_dir"] == str(data_dir)
        assert given["class_names"] == tuple(names.split(","))
