"""Tests of trainers/engine/progress.py."""

import io
import re
import time

import pytest

from trainers.engine.progress import ImageProgress, Progress, format_terms, format_time

TERMS = {"loss": 1.25, "image": 0.00123, "val_miou": None}


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_terms_without_value_are_left_out():
    assert format_terms(TERMS) == "loss 1.250  image 0.00123"


@pytest.fixture
def clock(monkeypatch):
    """A list with the present time in seconds."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_a_log_gets_one_line_per_epoch_and_no_bar(clock):
    stream = io.StringIO()
    progress = Progress(10, 4, "phase1", stream)
    assert not progress.due
    clock[0] = 6.0
    progress.end_epoch(3, 1.5, TERMS)
    line = "phase1  epoch  3/10    1.5 s  14 s left  loss 1.250  image 0.00123\n"
    assert stream.getvalue() == line


def test_the_time_left_is_at_the_pace_of_this_process(clock):
    """Protects: steps of a process that was killed took none of this one's time."""
    stream = io.StringIO()
    progress = Progress(4, 10, stream=stream, done=15)
    clock[0] = 90.0
    progress.end_epoch(2, 90.0, {})  # Half an epoch in 90 s; two epochs are left.
    assert "  6 min left" in stream.getvalue()
    progress.end_epoch(4, 90.0, {})
    assert "left" not in stream.getvalue().splitlines()[-1]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (3599, "1 h 0 min"),
        (4980, "1 h 23 min"),
    ],
)
def test_times_are_short(seconds, text):
    assert format_time(seconds) == text


def test_a_terminal_gets_a_bar_that_the_epoch_replaces(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    stream = Terminal()
    progress = Progress(2, 4, stream=stream)
    assert progress.due
    progress.update(1, 3, TERMS)
    assert not progress.due
    drawn = stream.getvalue()
    assert drawn.startswith("epoch 1/2 [===============.....] 3/4  ")
    assert "\n" not in drawn
    assert len(drawn) < 60
    progress.end_epoch(1, 2.0, {"loss": 1.0})
    last = stream.getvalue().split("\r")[-1]
    assert re.fullmatch(r"epoch 1/2    2\.0 s  \d+ s left  loss 1\.000 +\n", last)
    assert len(last) > len(drawn)  # It covers the bar.


def test_a_log_says_once_how_many_images_are_done():
    stream = io.StringIO()
    progress = ImageProgress(3, "searched", stream)
    for _ in range(2):
        progress.advance()
    assert stream.getvalue() == ""
    progress.finish()
    assert re.fullmatch(r"2 images searched in \d+\.\d s\n", stream.getvalue())


def test_a_terminal_counts_images_on_one_line(clock):
    stream = Terminal()
    progress = ImageProgress(3, "searched", stream)
    progress.advance()
    assert stream.getvalue() == "1/3 images searched, 0 s left"
    progress.advance()  # too soon to draw again
    assert stream.getvalue() == "1/3 images searched, 0 s left"
    progress.finish()
    assert stream.getvalue().count("\n") == 1
    assert "\r2 images searched in " in stream.getvalue()
