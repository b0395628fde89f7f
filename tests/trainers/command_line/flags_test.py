"""Tests of trainers/command_line/flags.py: flags follow from dataclasses of options."""

import copy
import dataclasses
import importlib
import typing

import pytest
from absl import flags
from flag_texts import companions, kind_of, text_of_another_value
from option_classes import option_classes
from program_names import PROGRAMS

from tests.trainers.tiny_run import unparsed
from trainers import defaults
from trainers.command_line.application import help_text
from trainers.command_line.flags import Group, make_flags, read_given
from trainers.command_line.parsers import TupleParser
from trainers.engine.config import RunConfig
from trainers.options import build, option

PARSERS = {
    bool: flags.BooleanParser,
    int: flags.IntegerParser,
    float: flags.FloatParser,
    str: flags.ArgumentParser,
}
GROUPS = {
    f"{options.__name__} {phase}".rstrip(): group
    for options in option_classes()
    for phase in ("", "phase1", "segmenter")
    if (group := Group("All", options, phase=phase)).fields
}
EVERY_FLAG = [
    pytest.param(group, name, id=f"{options} {name}")
    for options, group in GROUPS.items()
    for name in group.fields
]
"""Every flag that a program could have, with its group."""


def parse(flag_values, *arguments):
    flag_values(["program", *arguments])
    return read_given(flag_values)


def forgive_missing(flag_values):
    """Lets a command line leave out what a program cannot do without."""
    for name in flag_values:
        for validator in list(flag_values[name].validators):
            flag_values[name].validators.remove(validator)
    return flag_values


@pytest.mark.parametrize("group, name", EVERY_FLAG)
def test_a_field_with_help_is_one_flag_of_its_kind(group, name):
    field, flag = group.fields[name], make_flags(group)[name]
    kind, default = kind_of(group, field), field.default
    assert flag.default == (None if field.metadata["required"] else default)
    assert " ".join(field.metadata["help"].split()).rstrip(".") in flag.help
    if field.metadata["choices"]:
        assert tuple(flag.parser.enum_values) == field.metadata["choices"]
        assert default is None or default in field.metadata["choices"]
    elif kind in PARSERS:
        assert type(flag.parser) is PARSERS[kind]
    else:
        assert isinstance(flag.parser, TupleParser)


@pytest.mark.parametrize("group, name", EVERY_FLAG)
def test_bounds_of_a_field_are_those_of_its_flag(group, name):
    field, flag_values = group.fields[name], forgive_missing(make_flags(group))
    kind = kind_of(group, field)
    for key, beyond in (("at_least", -1), ("at_most", 1)):
        bound = field.metadata[key]
        if bound is None:
            continue
        numbers = kind if kind in (int, float) else typing.get_args(kind)[0]
        assert numbers in (int, float), "only numbers have bounds"
        assert kind is numbers or key == "at_most", "items are above 0 as they are"
        parse(flag_values, f"--{name}={bound}")
        with pytest.raises(flags.IllegalFlagValueError, match=name):
            parse(flag_values, f"--{name}={bound + beyond}")


@pytest.mark.parametrize("group, name", EVERY_FLAG)
def test_a_flag_reaches_its_field(group, name):
    field, flag_values = group.fields[name], forgive_missing(make_flags(group))
    text = text_of_another_value(group, field)
    others = companions(group, name)
    arguments = [f"--{other}={value}" for other, value in others.items()]
    given = parse(flag_values, f"--{name}={text}", *arguments)
    assert {name} <= set(given) <= {name, *others, "output_dir"}
    options = build(group.options, given, of_phase=group.phase)
    assert getattr(options, field.name) == given[name] != field.default


@pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)
def test_defaults_of_flags_are_those_of_the_dataclass(group):
    given = parse(forgive_missing(make_flags(group)))
    assert build(group.options, given, of_phase=group.phase) == group.options()


@dataclasses.dataclass(frozen=True)
class WiderConfig(RunConfig):
    """A config with one new field."""

    warmup_epochs: float = option(
        0.5, "Epochs over which the learning rate grows.", at_least=0, at_most=9
    )


def test_a_new_option_is_one_new_field():
    training = Group("Training", WiderConfig, without=("output_dir",))
    flag_values = make_flags(training, Group("Output", RunConfig, only=("output_dir",)))
    text = help_text(test_a_new_option_is_one_new_field, flag_values)
    assert "Epochs over which the learning rate grows. (default: 0.5)" in text
    for wrong in ("-1", "10", "long"):
        with pytest.raises(flags.IllegalFlagValueError, match="warmup_epochs"):
            parse(flag_values, f"--warmup_epochs={wrong}")
    given = parse(flag_values, "--warmup_epochs=2")
    assert build(WiderConfig, given).warmup_epochs == 2.0
    config = WiderConfig.layered(given, "phase1")
    assert (config.warmup_epochs, config.epochs) == (2.0, 24)
    assert config.described["warmup_epochs"] == 2.0


@dataclasses.dataclass(frozen=True)
class Walk:
    """Options of a made-up program."""

    steps: int = option(3, "Number of steps.", at_least=1)
    speed: float | None = option(None, "Speed.", at_least=0)
    dog: str | None = option(None, "Name of the dog.")
    food: str = option("bread", "What to eat.")
    way: str | None = option(None, "The way.", choices=("none", "long"))
    rest: int = option(None, "Rests.", per_phase=True)
    path: str | None = option(None, "Where to.", required=True)


def test_none_stands_for_no_value_where_a_flag_has_no_default():
    group = Group("Walk", Walk, without=("path",))
    nothing = parse(make_flags(group), "--dog=none", "--food=none", "--way=none")
    assert nothing == {"dog": None, "food": "none", "way": "none"}
    assert parse(make_flags(group), "--dog=nonesuch")["dog"] == "nonesuch"
    with pytest.raises(flags.IllegalFlagValueError, match="speed"):
        parse(make_flags(group), "--speed=none")


def test_only_what_was_given_is_read_and_the_folder_of_results():
    group = Group("Training", RunConfig, only=("output_dir", "model", "seed"))
    flag_values = make_flags(group, output_dir="runs/mine", seed=7)
    assert flag_values["seed"].default == 7  # of this program
    assert parse(flag_values) == {"output_dir": "runs/mine"}
    given = parse(flag_values, "--seed=7", "--output_dir=x")
    assert given == {"output_dir": "x", "seed": 7}


def test_a_required_flag_has_to_be_given():
    flag_values = make_flags(Group("Walk", Walk))
    with pytest.raises(flags.IllegalFlagValueError, match="path"):
        parse(flag_values)
    assert parse(flag_values, "--path=x") == {"path": "x"}


def test_groups_take_and_leave_out_flags_and_phases_have_their_own():
    def names(*arguments, **options):
        return list(Group("Walk", Walk, *arguments, **options).fields)

    assert names(only=("dog", "steps")) == ["steps", "dog"]
    assert names(without=("dog", "way", "path")) == ["steps", "speed", "food"]
    assert names(phase="phase1") == ["phase1_rest"]


def test_help_has_headings_and_the_flags_that_matter_first():
    flag_values = make_flags(
        Group("Where", Walk, only=("path",)),
        Group("How", Walk, only=("steps", "speed")),
        Group("Where", Walk, only=("way",)),
        Group("Rests", Walk, phase="phase1", what="phase 1, up the hill"),
        first=("speed", "path"),
    )
    headings = {"Where": ["path", "way"], "How": ["steps", "speed"]}
    assert flag_values.headings == headings | {"Rests": ["phase1_rest"]}
    _, _, text = help_text(parse, flag_values).partition("that matter first:\n")
    lines = [line for line in text.splitlines() if line]
    assert lines == [
        "  --speed=",
        "      Speed.",
        "  --path=",
        "      Where to.",
        "Where:",
        "  --way={none,long}",
        "      The way.",
        "How:",
        "  --steps=",
        "      Number of steps. (default: 3)",
        "Rests:",
        "  --phase1_rest=",
        "      Rests of phase 1, up the hill.",
    ]


def test_help_says_what_follows_from_the_weights(monkeypatch):
    monkeypatch.setitem(defaults.FROM_SCRATCH, "phase1_epochs", 123)
    monkeypatch.setitem(defaults.PRETRAINED, "phase1_epochs", 456)
    phase = Group("Phases", RunConfig, phase="phase1", what="phase 1, labels")
    training = Group("Training", RunConfig, only=("optimizer", "weight_decay"))
    flag_values = make_flags(phase, training)
    ending = "Default: {} from scratch, {} for pretrained weights."
    text = ending.format(123, 456)
    assert flag_values["phase1_epochs"].help.endswith(f" of phase 1, labels. {text}")
    assert flag_values["optimizer"].help.endswith(ending.format("adam", "sgd"))
    assert flag_values["weight_decay"].help.endswith(ending.format("0", "0.0005"))


@pytest.mark.parametrize(
    "name, text, value",
    [
        ("crop_size", "24", (24, 24)),
        ("crop_size", "24, 32", (24, 32)),
        ("scale_range", "0.5,2", (0.5, 2.0)),
        ("scales", "1,2,3", (1.0, 2.0, 3.0)),
    ],
)
def test_several_numbers_are_separated_by_commas(name, text, value):
    flag_values = make_flags(Group("Training", RunConfig, only=(name,)))
    assert parse(flag_values, f"--{name}={text}") == {name: value}


@pytest.mark.parametrize(
    "name, text, reason",
    [
        ("crop_size", "1,2,3", "one number, or two separated by a comma, above 0"),
        ("crop_size", "a", "one number, or two"),
        ("crop_size", "1.5", "one number, or two"),
        ("scale_range", "0,1", "above 0"),
        ("scales", "", "one or more numbers separated by commas, above 0"),
        ("scales", "1,,2", "one or more numbers"),
    ],
)
def test_wrong_numbers_are_told_what_is_expected(name, text, reason):
    flag_values = make_flags(Group("Training", RunConfig, only=(name,)))
    with pytest.raises(flags.IllegalFlagValueError, match=reason):
        parse(flag_values, f"--{name}={text}")


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_takes_flags_from_a_file(program, tmp_path):
    flag_values = importlib.import_module(f"trainers.{program}").FLAGS
    texts = {
        name: "a name"
        for name in flag_values
        if type(flag_values[name].parser) is flags.ArgumentParser
    }
    lines = ["# a comment", "", *(f"--{name}={text}" for name, text in texts.items())]
    file, last = tmp_path / "flags.txt", list(texts)[-1]
    file.write_text("\n".join(lines))
    with unparsed(forgive_missing(copy.deepcopy(flag_values))) as flag_values:
        given = parse(flag_values, f"--flagfile={file}", f"--{last}=later")
        with pytest.raises(flags.Error, match="nowhere"):
            parse(flag_values, f"--flagfile={tmp_path / 'nowhere'}")
    assert given == texts | {last: "later"}
