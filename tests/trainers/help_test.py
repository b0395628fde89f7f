"""What --help of each program shows."""

import importlib

import pytest
from program_names import PROGRAMS

from trainers.command_line.application import help_text


@pytest.fixture(params=PROGRAMS)
def program(request):
    return importlib.import_module(f"trainers.{request.param}")


def test_every_flag_stands_there_once(program):
    listed = [flag for names in program.FLAGS.headings.values() for flag in names]
    assert sorted(listed) == sorted(program.FLAGS)
    assert set(program.FLAGS.first) <= set(listed)
    text = help_text(program.main, program.FLAGS)
    assert text.startswith(program.__doc__.strip())
    for flag in listed:
        sign = f"--[no]{flag}" if program.FLAGS[flag].boolean else f"--{flag}="
        lines = [line for line in text.splitlines() if line.startswith(f"  {sign}")]
        assert len(lines) == 1, flag


def test_every_flag_is_told_in_whole_sentences(program):
    for flag in program.FLAGS:
        assert program.FLAGS[flag].help.strip().endswith("."), flag
