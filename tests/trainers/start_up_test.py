"""How little a program does before it has read its flags."""

import os
import pathlib
import re
import subprocess
import sys

import pytest
from program_names import PROGRAMS

import trainers

ROOT = pathlib.Path(trainers.__file__).parents[1]
SECONDS = 0.5
"""CPU time that --help may take beside that of starting Python."""
TRIES = 3
"""The least time of some tries is that of the program, not of the machine."""
LATE = {"tensorflow", "keras", "tf_rloss", "numpy"}
"""What is imported only after the flags were read."""


def start(*arguments: str) -> tuple[float, subprocess.CompletedProcess]:
    """Runs Python; returns the seconds of CPU that it took, and what it said."""
    before = os.times()
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True
    )
    after = os.times()
    assert done.returncode == 0, done.stderr
    user = after.children_user - before.children_user
    return user + after.children_system - before.children_system, done


def test_every_program_is_looked_at():
    assert {"scribble", "full", "semi_supervised", "tag", "compare", "tune"} < set(
        PROGRAMS
    )
    assert len(PROGRAMS) == 14


@pytest.mark.parametrize("name", PROGRAMS)
def test_help_takes_little_time(name):
    """Protects: a program imports its body after its flags, and nothing before."""
    empty = min(start("-c", "pass")[0] for _ in range(TRIES))
    taken = []
    for _ in range(TRIES):
        seconds, done = start("-m", f"trainers.{name}", "--help")
        assert f"python -m trainers.{name}" in done.stdout
        taken.append(seconds - empty)
        if taken[-1] <= SECONDS:
            return
    assert min(taken) <= SECONDS


@pytest.mark.parametrize("name", PROGRAMS)
def test_help_imports_neither_tensorflow_nor_keras(name):
    _, done = start("-X", "importtime", "-m", f"trainers.{name}", "--help")
    modules = re.findall(r"^import time:.*\|\s+(\S+)$", done.stderr, re.MULTILINE)
    assert "absl.flags" in modules
    assert not LATE & {module.partition(".")[0] for module in modules}
