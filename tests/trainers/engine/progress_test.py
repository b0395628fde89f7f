"""Tests of trainers/engine/progress.py."""

import io
import re

from trainers.engine.progress import ImageProgress, Progress, format_terms

TERMS = {"loss": 1.25, "image": 0.00123, "val_miou": None}


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_terms_without_value_are_left_out():
    assert format_terms(TERMS) == "loss 1.250  image 0.00123"


def test_a_log_gets_one_line_per_epoch_and_no_bar():
    stream = io.StringIO()
    progress = Progress(10, 4, "phase1", stream)
    assert not progress.due
    progress.end_epoch(3, 1.5, TERMS)
    line = "phase1  epoch  3/10    1.5 s  loss 1.250  image 0.00123\n"
    assert stream.getvalue() == line


def test_a_terminal_gets_a_bar_that_the_epoch_replaces(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    stream = Terminal()
    progress = Progress(2, 4, stream=stream)
    assert progress.due
    progress.update(1, 3, TERMS)
    assert not progress.due
    drawn = stream.getvalue()
    assert drawn.startswith("epoch 1/2 [===============.....] 3/4  loss 1.250")
    assert "\n" not in drawn
    assert len(drawn) < 60
    progress.end_epoch(1, 2.0, {"loss": 1.0})
    last = stream.getvalue().split("\r")[-1]
    assert last.rstrip() == "epoch 1/2    2.0 s  loss 1.000"
    assert len(last) > len(drawn)  # It covers the bar.


def test_a_log_says_once_how_many_images_are_done():
    stream = io.StringIO()
    progress = ImageProgress(3, "searched", stream)
    for _ in range(2):
        progress.advance()
    assert stream.getvalue() == ""
    progress.finish()
    assert re.fullmatch(r"2 images searched in \d+\.\d s\n", stream.getvalue())


def test_a_terminal_counts_images_on_one_line():
    stream = Terminal()
    progress = ImageProgress(3, "searched", stream)
    progress.advance()
    assert stream.getvalue() == "\r1/3 images searched"
    progress.advance()  # too soon to draw again
    assert stream.getvalue() == "\r1/3 images searched"
    progress.finish()
    assert stream.getvalue().count("\n") == 1
    assert "\r2 images searched in " in stream.getvalue()
