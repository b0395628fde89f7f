"""Tests of trainers/full.py: masks, a regularizer beside them, and its losses."""

import json

import numpy as np
import pytest
import toys

from tests.trainers.tiny_run import assert_one_line, call
from tf_rloss import data, losses, models
from trainers import full
from trainers.methods.regularizer_options import RegularizerOptions
from trainers.methods.scribbles import labelled_recipe
from trainers.methods.validation_losses import validation_losses

SMALL = {
    "synthetic_images": 4,
    "synthetic_val_images": 2,
    "synthetic_size": 32,
    "batch_size": 4,
    "phase1_epochs": 1,
    "phase2_epochs": 1,
    "tensorboard": False,
    "binary": True,
}


@pytest.fixture(autouse=True)
def toy_network(monkeypatch):
    """A network that is built in no time, in place of the default."""
    monkeypatch.setattr(
        models, "build", lambda name, k, weights: toys.build_segmenter(k)
    )


def train(folder, **flags):
    code, out, err = call(full, output_dir=folder, **SMALL | flags)
    assert code == 0, err
    return out, json.loads((folder / "validation_losses.json").read_text())


def weights(folder):
    model = toys.build_segmenter(2)
    model.load_weights(folder / "last.keras")
    return model.get_weights()


@pytest.mark.slow
def test_a_weight_of_zero_reports_the_regularizer_and_changes_nothing(tmp_path):
    out, plain = train(tmp_path / "plain")
    assert plain.keys() == {"mask"}
    assert f"Validation mask  {plain['mask']:.4f}" in out
    start = {"init_from": tmp_path / "plain" / "phase1", "regularizer": "ncut"}
    only_logged = {"regularizer_weight": 0, "log_crf_energy": True}
    _, zero = train(tmp_path / "zero", **only_logged, **start)
    assert zero["mask"] == plain["mask"]
    # Of two classes; eq. 5 is at most K - 1.
    assert 0.0 < zero["image"] < 1.0
    assert 0.0 < toys.column(tmp_path / "zero", "image")[0] < 1.0
    assert toys.column(tmp_path / "zero", "val_crf_energy") == [
        pytest.approx(zero["crf_energy"], rel=1e-4)  # float32, in another graph.
    ]
    same = zip(weights(tmp_path / "plain"), weights(tmp_path / "zero"), strict=True)
    assert all(np.array_equal(a, b) for a, b in same)
    train(tmp_path / "half", regularizer_weight=0.5, **start)
    other = zip(weights(tmp_path / "plain"), weights(tmp_path / "half"), strict=True)
    assert not all(np.array_equal(a, b) for a, b in other)


def test_full_masks_leave_nothing_to_propose(tmp_path):
    result = call(full, output_dir=tmp_path, **SMALL, regularizer="adm")
    assert_one_line(result, "--regularizer=adm", "full masks")


def test_scribbles_have_no_flag_without_proposals(tmp_path):
    result = call(full, output_dir=tmp_path, **SMALL, length_ratio=0.5)
    assert_one_line(result, "--length_ratio needs --proposals")


def test_validation_losses_are_means_over_whole_images(tmp_path):
    source = toys.make_source(3)
    model = toys.build_segmenter(toys.NUM_CLASSES)
    model.save(tmp_path / "last.keras")
    options = RegularizerOptions("ncut", regularizer_weight=9.0)
    recipe = labelled_recipe(options, toys.SIZE, labels="mask")
    entropies, cuts = [], []
    for name in source.ids:
        example = source.read(name)
        probs = model(example.image[None].astype(np.float32)).numpy()
        rows, columns = np.indices(example.mask.shape)
        entropies.append(-np.log(probs[0, rows, columns, example.mask]).mean())
        cuts.append(
            losses.NormalizedCutLoss(
                sigma_xy=100 * toys.SIZE / 513, sigma_rgb=15.0, min_share=0.03
            ).call(example.image[None].astype(np.float32), probs)[0]
        )
    found = validation_losses(recipe, tmp_path / "last.keras", source)
    # float32 sums over 256 pixels.
    assert found["mask"] == pytest.approx(np.mean(entropies), rel=1e-4)
    assert found["image"] == pytest.approx(np.mean(cuts), rel=1e-4)


def test_validation_images_may_differ_in_size(tmp_path):
    toys.build_segmenter(4).save(tmp_path / "last.keras")
    sources = [data.synthetic(f"{n}", num_images=1, size=n) for n in (32, 40)]
    recipe = labelled_recipe(RegularizerOptions("crf"), 32, labels="mask")
    parts, both = (
        [validation_losses(recipe, tmp_path / "last.keras", s) for s in group]
        for group in (sources, [data.concatenate(*sources)])
    )
    for name, value in both[0].items():
        assert value == pytest.approx(np.mean([part[name] for part in parts]))
