"""Tests of trainers/engine/report.py."""

import sys

import pytest
import toys

from trainers.engine.report import command, labels_section
from trainers.engine.run import run


@pytest.mark.slow
@pytest.mark.parametrize("validated", [True, False])
def test_a_run_leaves_one_page_with_all_that_is_known(validated, tmp_path):
    val = toys.make_source(3, name="val") if validated else None
    config = toys.make_config(tmp_path / "run", epochs=1)
    run(toys.make_recipe(False), config, toys.make_source(), val)
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    for text in ("Labels to learn from", "--learning_rate", "training classes"):
        assert text in page
    scored = ("IoU of each class", "Confusion matrix", "Images with the highest IoU")
    assert [text in page for text in scored] == [validated] * 3
    assert ('type="range"' in page) == validated
    assert ("no images to validate on" in page) != validated
    assert "digest" not in page


def test_labels_are_drawn_on_the_first_images_with_labels():
    source = toys.make_source(9)
    section = labels_section(source)
    assert len(section.pictures) == 6
    caption, picture = section.pictures[0]
    example = source.read(source.ids[0])
    assert caption.startswith(source.ids[0]) and picture.shape == example.image.shape
    drawn = (picture != example.image).any(axis=-1)
    assert drawn.any() and not drawn[example.scribble == 255].any()


def test_the_command_can_be_typed_again(monkeypatch):
    typed = ["/somewhere/trainers/full.py", "--data_dir=my data"]
    monkeypatch.setattr(sys, "argv", typed)
    assert command() == "python -m trainers.full '--data_dir=my data'"
    monkeypatch.setattr(sys, "argv", ["/usr/bin/tf-rloss-full", "--seed=1"])
    assert command() == "tf-rloss-full --seed=1"
