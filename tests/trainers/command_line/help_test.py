"""Tests of what `--help` of each program prints."""

import importlib

import pytest
from program_names import PROGRAMS

from trainers.command_line.application import help_text


@pytest.mark.parametrize("name", PROGRAMS)
def test_help_has_every_flag_once_and_nothing_twice(name):
    program = importlib.import_module(f"trainers.{name}")
    listed = [flag for names in program.FLAGS.headings.values() for flag in names]
    assert sorted(listed) == sorted(program.FLAGS)
    assert set(program.FLAGS.first) <= set(listed)
    text = help_text(program.main, program.FLAGS)
    assert text.startswith(program.__doc__.strip())
    for flag in listed:
        sign = f"--[no]{flag}" if program.FLAGS[flag].boolean else f"--{flag}="
        lines = [line for line in text.splitlines() if line.startswith(f"  {sign}")]
        assert len(lines) == 1, flag


@pytest.mark.parametrize("name", PROGRAMS)
def test_help_says_what_every_flag_does(name):
    program = importlib.import_module(f"trainers.{name}")
    for flag in program.FLAGS:
        assert program.FLAGS[flag].help.strip().endswith((".", ")")), flag
