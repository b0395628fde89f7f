"""Flags of a program, generated from dataclasses of options.

Every program owns an `absl.flags.FlagValues` with the groups of options that it needs,
so that a flag without effect is refused instead of ignored, and programs can be
imported side by side:

    FLAGS = make_flags(
        Group("Data", DataOptions),
        Group("Training", RunConfig, only=("model", "weights")),
        output_dir="runs/mine",
    )
"""

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any

from absl import flags

from .. import defaults
from ..options import flags_of
from .parsers import SignedPairsParser, TupleParser, WholeNumbersParser

NONE = "none"
"""Text that stands for None where a flag has no default."""


@dataclasses.dataclass(frozen=True)
class Group:
    """Flags under one heading of `--help`.

    Attributes:
        title: the heading.
        options: dataclass whose fields with help become flags.
        only: flags to take; empty: all.
        without: flags to leave out.
        phase: "phase1", "phase2", "classifier" or "segmenter": the group has that
            phase's flags of the fields that have one for each phase; "": the group has
            the other fields.
        what: description of that phase for the help.
    """

    title: str
    options: type
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    phase: str = ""
    what: str = ""

    @property
    def fields(self) -> dict[str, dataclasses.Field]:
        """The fields that become flags, by the name of the flag."""
        return {
            name: field
            for name, field in flags_of(self.options, self.phase).items()
            if field.metadata["per_phase"] == bool(self.phase)
            and name not in self.without
            and (not self.only or name in self.only)
        }


class ProgramFlags(flags.FlagValues):
    """The flags of a program, with the headings of its `--help`."""

    def __init__(self):
        super().__init__()
        # FlagValues keeps its attributes in a dictionary that stands for flags.
        self.__dict__["headings"] = {}
        self.__dict__["first"] = ()


def make_flags(
    *groups: Group, first: tuple[str, ...] = (), **usual: Any
) -> ProgramFlags:
    """Defines the flags of a program.

    Args:
        *groups: flags by heading, in the order of `--help`.
        first: the flags that matter most, which `--help` shows before all headings.
        **usual: defaults of this program that differ from those of the dataclasses.
    """
    flag_values = ProgramFlags()
    for group in groups:
        hints = typing.get_type_hints(group.options)
        names = flag_values.headings.setdefault(group.title, [])
        for name, field in group.fields.items():
            default = usual.get(name, field.default)
            text = _help(group, name, field)
            _define(flag_values, name, hints[field.name], default, text, field.metadata)
            names.append(name)
    flag_values.__dict__["first"] = first
    return flag_values


def read_given(flag_values: flags.FlagValues) -> dict[str, Any]:
    """Returns the flags that the command line gave, and `output_dir`.

    The text "none" stands for None where a flag has no default, as in --weights=none.
    """
    given = {}
    for name in flag_values:
        flag = flag_values[name]
        if flag.present or name == "output_dir":
            none = flag.default is None and flag.value == NONE
            choices = isinstance(flag, flags.EnumFlag)
            given[name] = None if none and not choices else flag.value
    return given


def _help(group: Group, name: str, field: dataclasses.Field) -> str:
    """Returns the help of a flag, with the defaults that depend on the weights."""
    text = field.metadata["help"]
    if group.what:
        text = text.rstrip(".") + f" of {group.what}."
    scratch = defaults.FROM_SCRATCH.get(name)
    if scratch is None or field.default is not None:
        return text
    pretrained = defaults.PRETRAINED[name]
    shown = [f"{v:g}" if isinstance(v, float) else v for v in (scratch, pretrained)]
    return (
        f"{text} Default: {shown[0]} from scratch, {shown[1]} for pretrained weights."
    )


def _define(
    flag_values: flags.FlagValues,
    name: str,
    kind: Any,
    default: Any,
    text: str,
    metadata: Mapping[str, Any],
) -> None:
    """Defines the flag that fits the type of a field."""
    if metadata["required"]:
        default = None
    if isinstance(kind, types.UnionType):  # `X | None`
        kind = next(part for part in kind.__args__ if part is not type(None))
    own = {"flag_values": flag_values}
    bounds = {"lower_bound": metadata["at_least"], "upper_bound": metadata["at_most"]}
    if metadata["choices"]:
        flags.DEFINE_enum(name, default, list(metadata["choices"]), text, **own)
    elif kind is bool:
        flags.DEFINE_bool(name, default, text, **own)
    elif kind is int:
        flags.DEFINE_integer(name, default, text, **bounds, **own)
    elif kind is float:
        flags.DEFINE_float(name, default, text, **bounds, **own)
    elif kind is str:
        flags.DEFINE_string(name, default, text, **own)
    else:
        parser = _tuple_parser(kind, metadata["at_most"], metadata["signed"])
        as_text = flags.ListSerializer(",")
        flags.DEFINE(parser, name, default, text, flag_values, as_text)
    if metadata["required"]:
        flags.mark_flag_as_required(name, flag_values)


def _tuple_parser(kind: Any, at_most: float | None, signed: bool) -> TupleParser:
    """Returns the parser for `tuple[X, X]` or `tuple[X, ...]`."""
    item, second = typing.get_args(kind)
    if signed:
        return SignedPairsParser(one=second is not Ellipsis)
    if second is not Ellipsis:
        return TupleParser(item, pair=True, at_most=at_most)
    if item is int:
        return WholeNumbersParser()
    return TupleParser(item, numbers=item is float, at_most=at_most)
