"""Tests of trainers/tag.py: cues, losses and recipes by their flags."""

import dataclasses
import json
import pickle

import numpy as np
import pytest
import toys
from tiny_run import assert_one_line, call, given
from toy_folder import write_folder

from tf_rloss import data, losses, models
from trainers import tag
from trainers.datasets.sources import training_sources
from trainers.engine.config import RunConfig
from trainers.engine.devices import make_strategy
from trainers.methods import cues
from trainers.methods.published import find_published
from trainers.methods.tag_options import CueOptions, TagLossOptions
from trainers.methods.tags import tag_recipe

SMALL = {
    "synthetic_images": 8,
    "synthetic_val_images": 2,
    "synthetic_size": 32,
    "batch_size": 4,
    "segmenter_epochs": 1,
    "tensorboard": False,
}
SMALL_CLASSIFIER = SMALL | {"classifier_epochs": 1}


@pytest.fixture(scope="module")
def toy_network():
    """A network that is built in no time, in place of the default."""

    def build(name, num_classes, weights):
        return toys.build_segmenter(num_classes)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "build", build)
        yield


@pytest.fixture(scope="module")
def trained(toy_network, tmp_path_factory):
    """The default run, once: its folder and what it printed."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    code, out, err = call(tag, output_dir=folder, **SMALL_CLASSIFIER)
    assert code == 0, err
    return folder, out


def flags_of(folder):
    return json.loads((folder / "config.json").read_text())["flags"]


def parse(**flags):
    return given(tag, *[f"--{name}={value}" for name, value in flags.items()])


def recipe_of(crop_width, **flags):
    """Returns the recipe of a training with these flags."""
    values = parse(**flags)
    published = find_published(values)
    terms = TagLossOptions.of(values, published)
    return tag_recipe(terms, terms.third(published, crop_width))


def test_classifier_cues_and_segmenter_come_one_after_the_other(trained):
    folder, out = trained
    for run in (folder, folder / "classifier"):
        assert json.loads((run / "metrics.json").read_text())["finished"]
    assert "Cues  cover" in out and "last weights" in out
    flags = flags_of(folder)
    assert flags["--boundary"] == "crf" and flags["--cues"] == "cam"
    assert flags["--sigma_xy"] == pytest.approx(100 * 32 / 513)
    cues = data.load_cues(folder / "classifier" / "cues.npz")
    assert {cue.cues.shape for cue in cues.values()} == {(8, 8)}


def test_the_same_command_again_reads_the_cues(trained, monkeypatch):
    folder, _ = trained
    monkeypatch.setattr(cues, "find_cues", None)
    killed = [folder / "classifier" / f".cues{end}-x.npz" for end in ("", ".settings")]
    for path in killed:
        path.write_text("torn")
    code, out, err = call(tag, output_dir=folder, **SMALL_CLASSIFIER)
    assert code == 0, err
    assert out.count("finished already") == 2
    assert not any(path.exists() for path in killed)


@pytest.mark.parametrize("flag", ["foreground_share", "expand_weight"])
def test_another_flag_for_the_same_folder_is_named(trained, flag):
    folder, _ = trained
    result = call(tag, output_dir=folder, **SMALL_CLASSIFIER, **{flag: 0.25})
    assert_one_line(result, f"--{flag} is 0.25, but")


def test_cues_of_another_run_are_taken_from_its_file(trained, tmp_path):
    folder, _ = trained
    file = folder / "classifier" / "cues.npz"
    options = SMALL | {"cues": file, "boundary": "constrain", "expand_weight": 0}
    code, _, err = call(tag, output_dir=tmp_path / "run", **options)
    assert code == 0, err
    assert not (tmp_path / "run" / "classifier").exists()
    history = (tmp_path / "run" / "history.csv").read_text().splitlines()
    assert "cues" in history[0] and "image" in history[0] and "tags" not in history[0]


def test_cues_of_other_images_are_refused(trained, tmp_path):
    folder, _ = trained
    cues = data.load_cues(folder / "classifier" / "cues.npz")
    data.save_cues(tmp_path / "few.npz", dict(list(cues.items())[:5]))
    options = SMALL | {"cues": tmp_path / "few.npz", "output_dir": tmp_path / "run"}
    assert_one_line(call(tag, **options), "3 of 8 images", "have no cues")
    options["cues"] = tmp_path / "none.npz"
    assert_one_line(call(tag, **options), "--cues must be a file")
    (tmp_path / "sec.pickle.gz").write_bytes(b"")
    options["cues"] = tmp_path / "sec.pickle.gz"
    assert_one_line(call(tag, **options), "needs --cues_list")
    result = call(tag, **options | {"cues": "cam", "cues_list": "list.txt"})
    assert_one_line(result, "--cues_list needs --cues=FILE")


def test_cues_of_sec_are_read_with_their_list(tmp_path):
    source = toys.make_source(3)
    content = {}
    for number in range(3):
        content[f"{number}_labels"] = np.array([1 + number % 2])
        content[f"{number}_cues"] = np.array([[0, 1], [40, 5], [number, 6]])
    (tmp_path / "cues.pickle").write_bytes(pickle.dumps(content, protocol=2))
    (tmp_path / "list.txt").write_text(
        "".join(f"{name}.jpg {2 - i}\n" for i, name in enumerate(source.ids))
    )
    cued = cues.cues_of_file(
        source, str(tmp_path / "cues.pickle"), str(tmp_path / "list.txt")
    )
    for i, name in enumerate(source.ids):
        example = cued.read(name)
        assert example.cues.shape == (41, 41)
        assert (example.cues[40, 2 - i], example.cues[5, 6]) == (0, 1)
        assert np.count_nonzero(example.cues != 255) == 2
        assert list(np.flatnonzero(example.tags)) == [0, 1 + (2 - i) % 2]


def test_all_weights_zero_leave_nothing_to_minimize(trained, tmp_path):
    folder, _ = trained
    options = {"boundary": "none", "seed_weight": 0, "expand_weight": 0}
    options |= {"cues": folder / "classifier" / "cues.npz"}
    result = call(tag, output_dir=tmp_path / "run", **SMALL, **options)
    assert_one_line(result, "--seed_weight, --expand_weight")


@pytest.mark.slow
def test_the_classifier_finds_bright_blocks(tmp_path):
    """Tags alone tell where the one class is that differs from image to image."""
    toy = toys.make_source(16)
    half = set(toy.ids[::2])

    def read(name):
        example = toy.read(name)._replace(scribble=None)
        if name in half:
            return example
        floor = np.where(example.mask == 1, 0, example.mask).astype(np.uint8)
        dark = np.where(example.mask[..., None] == 1, 30, example.image)
        return example._replace(image=dark.astype(np.uint8), mask=floor)

    source = dataclasses.replace(toy, read=read)
    config = RunConfig.layered(
        parse(classifier_epochs=20, batch_size=8, ema_decay=0, tensorboard=False),
        "classifier",
        output_dir=str(tmp_path),
    )
    settings = CueOptions(foreground_share=0.5, background_share=0.25, cam_scale=2.0)
    cued = cues.cues_of_classifier(
        source, config, settings, make_strategy("one_device")
    )
    right = total = 0
    for name in half:
        example = cued.read(name)
        rows, columns = np.nonzero(example.cues == 1)
        right += np.count_nonzero(example.mask[4 * rows + 2, 4 * columns + 2] == 1)
        total += len(rows)
    # A block covers 30 of 256 pixels: guessing is right once in nine times.
    assert total >= len(half) and right > 0.5 * total


def test_weights_and_bandwidths_follow_the_boundary():
    crf = recipe_of(513)
    assert crf.loss_weights == {"cues": 1.0, "tags": 1.0, "image": 1.0}
    assert isinstance(crf.losses["image"], losses.DenseCRFLoss)
    assert crf.losses["image"].get_config()["sigma_xy"] == 100.0
    for boundary, backpropagate in (
        ("constrain", True),
        ("constrain_no_backprop", False),
    ):
        recipe = recipe_of(321, boundary=boundary, stride=8)
        config = recipe.losses["image"].get_config()
        assert config["backpropagate"] is backpropagate
        assert config["stride"] == 8
        # SEC: 80 / 12 and 3 / 12 cells of 8 pixels.
        assert config["sigma_xy"] == pytest.approx(53.333, abs=1e-3)
        assert config["spatial_sigma_xy"] == 2.0
        assert (config["sigma_rgb"], config["num_iterations"]) == (13.0, 10)
    assert recipe_of(96, boundary="none").targets == ("cues", "tags")
    alone = recipe_of(96, boundary="none", expand_weight=0)
    assert alone.targets == ("cues",)


def test_recipe_is_that_of_sec():
    values = parse(recipe="sec_largefov")
    published = find_published(values)
    for phase in ("segmenter", "classifier"):
        layer = published.layer(phase)
        config = RunConfig.layered(values, phase, layer, output_dir="out")
        assert config.model == "deeplab_largefov"
        assert config.weights == "imagenet"
        assert (config.batch_size, config.crop_size) == (15, (321, 321))
        assert config.epochs * config.steps_per_epoch == 8000
        assert (config.schedule, config.step_factor) == ("step", 0.1)
        assert config.step_epochs * config.steps_per_epoch == 2000
        assert (config.learning_rate, config.momentum) == (1e-3, 0.9)
        assert config.weight_decay == pytest.approx(5e-4 / 0.1)
        assert config.stretch and not config.flip
    recipe = recipe_of(321, recipe="sec_largefov")
    assert recipe.loss_weights == {"cues": 1.0, "tags": 1.0, "image": 1e-8}
    crf = recipe.losses["image"].get_config()
    assert (crf["sigma_xy"], crf["sigma_rgb"]) == (100.0, 15.0)
    assert crf["normalization"] == "none"
    assert recipe.losses["cues"].get_config()["stride"] == 8
    expand = recipe.losses["tags"].get_config()
    assert expand["stride"] == 8
    assert (expand["foreground_decay"], expand["background_decay"]) == (0.996, 0.999)
    constrain = recipe_of(321, recipe="sec_largefov", boundary="constrain")
    assert constrain.loss_weights["image"] == 1.0


def test_folder_needs_no_scribbles(tmp_path):
    write_folder(tmp_path / "data", 5, ("images", "labels"))
    values = parse(dataset="folder", data_dir=tmp_path / "data", val_fraction=0.2)
    train, val = training_sources(values, labels="tag")
    assert (len(train), len(val), train.has_scribbles) == (4, 1, False)
    np.testing.assert_array_equal(
        data.find_tags(train.read(train.ids[0]), train.num_classes), [1, 1, 1]
    )
