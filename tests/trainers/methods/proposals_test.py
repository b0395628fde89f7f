"""Trainings on masks that are guessed from scribbles."""

import json

import numpy as np
import pytest
import tiny_run
import toys
from keras_files import digest
from toy_folder import write_folder

from tf_rloss import data, evaluation, models, proposals
from trainers import full
from trainers.methods.proposal_options import (
    DENSE_CRF,
    GRABCUT,
    SCRIBBLESUP,
    ProposalOptions,
)
from trainers.methods.proposals import (
    dense_crf,
    with_proposals,
    write_proposal_scores,
)

SMALL = {
    "synthetic_images": 4,
    "synthetic_val_images": 2,
    "synthetic_size": 32,
    "batch_size": 2,
    "phase1_epochs": 1,
    "phase2_epochs": 0,
    "tensorboard": False,
}


@pytest.fixture(autouse=True)
def toy_network(monkeypatch):
    """A network that is built in no time, in place of the default."""
    monkeypatch.setattr(
        models, "build", lambda name, k, weights: toys.build_segmenter(k)
    )


def call(folder, **flags):
    return tiny_run.call(full, output_dir=folder, **SMALL | flags)


@pytest.fixture
def network(tmp_path):
    """A network that was trained on the true masks."""
    result = call(tmp_path / "true")
    assert result[0] == 0, result
    return tmp_path / "true"


@pytest.mark.slow
@pytest.mark.parametrize(
    "method, needs_network",
    [(GRABCUT, False), (SCRIBBLESUP, False), (SCRIBBLESUP, True), (DENSE_CRF, True)],
)
def test_every_kind_of_proposals_is_trained_on(
    method, needs_network, network, tmp_path
):
    """Protects: proposals of Table 2 are a flag of `full`, for any images."""
    flags = {"proposals": method}
    if needs_network:
        flags["proposals_from"] = network
    code, out, err = call(tmp_path / "run", **flags)
    assert code == 0, err
    assert "4 images proposals made in" in out
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["finished"] and metrics["last"]["mean_iou"] > 0.0
    # Guessed masks are not the true ones, and the network learns the guess.
    assert digest(tmp_path / "run" / "last.keras") != digest(network / "last.keras")
    assert "proposals made" not in call(tmp_path / "run", **flags)[1]


def test_the_score_of_proposals_is_that_against_the_true_masks(tmp_path):
    source = data.synthetic("train", num_images=3, size=32, seed=0)
    proposed = proposals.with_proposals(source, proposals.grabcut)
    write_proposal_scores(tmp_path, source, proposed)
    expected = evaluation.ConfusionMatrix(source.num_classes)
    for name in source.ids:
        example = source.read(name)
        mask = proposals.grabcut(example, source.num_classes)
        expected.update(example.mask, mask)
    scores = json.loads((tmp_path / "proposals.json").read_text())
    assert scores["mean_iou"] == pytest.approx(expected.mean_iou, abs=1e-12)


@pytest.mark.slow
def test_other_scribbles_make_other_proposals(tmp_path):
    for length in (1, 0.3):
        result = call(tmp_path / f"{length}", proposals=GRABCUT, length_ratio=length)
        assert result[0] == 0, result
    files = [tmp_path / f"{length}" / "last.keras" for length in (1, 0.3)]
    assert digest(files[0]) != digest(files[1])


def test_a_folder_needs_scribbles_alone(tmp_path):
    write_folder(tmp_path / "data" / "train", 4, ("images", "scribbles"))
    write_folder(tmp_path / "data" / "val", 2, ("images", "labels"))
    flags = {"dataset": "folder", "data_dir": tmp_path / "data", "batch_size": 2}
    flags |= {"phase1_epochs": 1, "phase2_epochs": 0, "tensorboard": False}
    arguments = {"output_dir": tmp_path / "run", "proposals": GRABCUT}
    result = tiny_run.call(full, **arguments, **flags)
    assert result[0] == 0, result
    assert not (tmp_path / "run" / "proposals.json").exists()


@pytest.mark.parametrize(
    "flags, message",
    [
        ({"proposals": DENSE_CRF}, "--proposals=dense_crf needs --proposals_from"),
        ({"proposals_from": "run"}, "--proposals_from needs --proposals=scribblesup"),
        (
            {"proposals": GRABCUT, "proposals_from": "run"},
            "--proposals_from needs --proposals=scribblesup or dense_crf",
        ),
        ({"length_ratio": 0.5}, "--length_ratio needs --proposals"),
        (
            {"proposals": DENSE_CRF, "proposals_from": "nowhere"},
            "--proposals_from must be a .keras file",
        ),
    ],
)
def test_flags_that_do_not_fit_are_named(tmp_path, flags, message):
    tiny_run.assert_one_line(call(tmp_path / "run", **flags), message)
    assert not (tmp_path / "run").exists()


def test_masks_of_a_source_are_what_the_method_proposes():
    source = data.synthetic("train", num_images=2, size=32)
    options = ProposalOptions(proposals=GRABCUT)
    proposed = with_proposals(source, options, make_all=False)
    for name in source.ids:
        example = source.read(name)
        expected = proposals.grabcut(example, source.num_classes)
        np.testing.assert_array_equal(proposed.read(name).mask, expected)
        assert (expected != example.mask).any()


def test_proposals_of_a_dense_crf_hold_scribbles_and_follow_edges():
    image = np.zeros((16, 16, 3), np.uint8)
    image[:, 8:] = 200
    scribble = np.full((16, 16), 255, np.uint8)
    scribble[0, 0], scribble[0, 15] = 1, 0
    probs = np.full((16, 16, 2), 0.5, np.float32)
    probs[:, :10] = (0.45, 0.55)  # The network's border is two pixels off.
    probs[:, 10:] = (0.55, 0.45)
    mask = dense_crf(data.Example(image, scribble), 2, probs)
    assert mask.dtype == np.uint8 and mask.shape == (16, 16)
    assert (mask[0, 0], mask[0, 15]) == (1, 0)
    np.testing.assert_array_equal(mask, np.repeat([[1] * 8 + [0] * 8], 16, axis=0))
