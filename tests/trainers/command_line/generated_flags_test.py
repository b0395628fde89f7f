"""Tests of the flags that are generated from dataclasses of options."""

import dataclasses
import importlib

import pytest
from absl import flags
from program_names import PROGRAMS

from trainers import defaults
from trainers.command_line.application import help_text
from trainers.command_line.flags import Group, make_flags, read_given
from trainers.options import as_flags, build, flags_of, option


@dataclasses.dataclass(frozen=True)
class Options:
    """Options of each kind."""

    count: int = option(3, "How many.", at_least=1, at_most=9)
    share: float = option(0.5, "Which part.", at_least=0, at_most=1)
    kind: str = option("a", "Which kind.", choices=("a", "b"))
    name: str | None = option(None, "What it is called.")
    loud: bool = option(False, "Says more.")
    size: tuple[int, int] | None = option(None, "Height and width.", flag="side")
    zooms: tuple[float, ...] | None = option(None, "Zooms.", at_most=8)
    seeds: tuple[int, ...] = option((0,), "Seeds.")
    words: tuple[str, ...] | None = option(None, "Words.")
    epochs: int | None = option(None, "Epochs.", per_phase=True)
    hidden: int = 7


def parse(*arguments, **usual):
    values = make_flags(
        Group("All", Options),
        Group("Phases", Options, phase="phase2", what="phase 2"),
        **usual,
    )
    values(["program", *arguments])
    return read_given(values)


@pytest.mark.parametrize(
    "argument, flag, value",
    [
        ("--count=5", "count", 5),
        ("--share=0.25", "share", 0.25),
        ("--kind=b", "kind", "b"),
        ("--name=x", "name", "x"),
        ("--name=none", "name", None),
        ("--loud", "loud", True),
        ("--noloud", "loud", False),
        ("--side=3,4", "side", (3, 4)),
        ("--side=3", "side", (3, 3)),
        ("--zooms=0.5,1", "zooms", (0.5, 1.0)),
        ("--seeds=2,-1,0", "seeds", (2, -1, 0)),
        ("--words=a b,c", "words", ("a b", "c")),
        ("--phase2_epochs=4", "phase2_epochs", 4),
    ],
)
def test_a_flag_gives_the_value_of_its_field(argument, flag, value):
    given = parse(argument)
    assert given == {flag: value}
    assert type(given[flag]) is type(value)


@pytest.mark.parametrize(
    "argument, part",
    [
        ("--count=0", "[1, 9]"),
        ("--count=1.5", "count"),
        ("--share=1.1", "[0, 1]"),
        ("--kind=c", "<a|b>"),
        ("--side=1,2,3", "one number, or two"),
        ("--side=0", "above 0"),
        ("--side=big", "one number, or two"),
        ("--zooms=1,9", "at most 8"),
        ("--zooms=", "numbers separated by commas"),
        ("--seeds=0,x", "whole numbers"),
        ("--words=a,,b", "names separated by commas"),
        ("--epochs=3", "epochs"),
        ("--size=3", "size"),
        ("--hidden=3", "hidden"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_expected(argument, part):
    with pytest.raises(flags.Error) as error:
        parse(argument)
    assert part in str(error.value)


def test_what_was_not_given_is_left_to_the_dataclass():
    assert parse() == {}
    # A program's own default is for its help; its body knows it, too.
    assert parse(count=4) == {}
    assert build(Options, {}).count == 3


def test_given_values_go_over_layers_and_fields_over_both():
    layers = ({"count": 4, "kind": "b", "unknown": 1}, parse("--count=5"))
    built = build(Options, *layers, of_phase="phase2")
    assert (built.count, built.kind, built.share) == (5, "b", 0.5)
    assert build(Options, *layers, count=6).count == 6
    phases = build(Options, parse("--phase2_epochs=4"), of_phase="phase2")
    assert phases.epochs == 4
    assert as_flags(phases, "phase2")["phase2_epochs"] == 4
    assert "hidden" not in flags_of(Options)


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


def test_defaults_that_depend_on_the_weights_stand_in_the_help():
    scribble = importlib.import_module("trainers.scribble")
    text = " ".join(help_text(scribble.main, scribble.FLAGS).split())
    scratch, pretrained = (
        defaults.for_weights(weights)["phase2_epochs"] for weights in (None, "file")
    )
    assert f"Default: {scratch} from scratch, {pretrained} for pretrained" in text
