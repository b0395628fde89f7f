"""Options as fields of dataclasses: one place for a default, its help and its range.

    @dataclasses.dataclass(frozen=True)
    class RunConfig:
        batch_size: int = option(defaults.BATCH_SIZE, "Images per batch.", at_least=1)

`command_line.flags` generates a flag from every such field. What a user gave on the
command line travels as a plain mapping from flags to values, `Given`; `build` lays it
over the defaults, so that a new option is one new field.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from .errors import UserError

Given = Mapping[str, Any]
"""Name of a flag -> its value, for the flags that the user gave."""

Options = TypeVar("Options")


def option(
    default: Any,
    help: str,
    *,
    flag: str | None = None,
    choices: tuple[str, ...] | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
    per_phase: bool = False,
    required: bool = False,
    signed: bool = False,
) -> Any:
    """Returns a dataclass field that has a flag.

    Args:
        default: the field's default. None stands for a value that is derived from the
            data or from other options; the help says how.
        help: text for `--help`.
        flag: name of the flag. Default: the field's name.
        choices: the values of a string option.
        at_least: smallest value of a number.
        at_most: largest value of a number.
        per_phase: whether each phase of a training has its own flag, such as
            `--phase1_epochs`.
        required: whether the user has to give the flag.
        signed: whether the numbers of pairs may be 0 or negative; both of a pair are
            then to be given.
    """
    metadata = {
        "help": help,
        "flag": flag,
        "choices": choices,
        "at_least": at_least,
        "at_most": at_most,
        "per_phase": per_phase,
        "required": required,
        "signed": signed,
    }
    return dataclasses.field(default=default, metadata=metadata)


def flag_of(field: dataclasses.Field, phase: str = "") -> str:
    """Returns the name of a field's flag, without dashes."""
    name = field.metadata.get("flag") or field.name
    return f"{phase}_{name}" if field.metadata.get("per_phase") and phase else name


def flags_of(options: type, phase: str = "") -> dict[str, dataclasses.Field]:
    """Returns the fields of a dataclass that have a flag, by the flag's name."""
    fields = dataclasses.fields(options)
    return {flag_of(f, phase): f for f in fields if "help" in f.metadata}


def build(
    options: type[Options], *layers: Given, of_phase: str = "", **fields: Any
) -> Options:
    """Builds a dataclass of options from layers of values, the last one on top.

    Args:
        options: the dataclass.
        *layers: flag -> value; flags that the dataclass does not have are left alone.
        of_phase: the phase whose flags set the fields that every phase has.
        **fields: values by the field's name, on top of all layers.

    Raises:
        UserError: if a value is out of range.
    """
    values: dict[str, Any] = {}
    for layer in layers:
        for flag, field in flags_of(options, of_phase).items():
            if flag in layer:
                values[field.name] = layer[flag]
    try:
        return options(**values | fields)
    except ValueError as error:
        raise UserError(str(error)) from error


def refuse(idle: Mapping[str, str]) -> None:
    """Raises UserError for the first of some flags without effect.

    Args:
        idle: flag -> why it has no effect, to follow "--flag has no effect".
    """
    for flag, reason in idle.items():
        raise UserError(f"--{flag} has no effect {reason}.")


def as_flags(options: Any, phase: str = "") -> dict[str, Any]:
    """Returns the values of a dataclass of options by the names of their flags."""
    return {
        flag: getattr(options, field.name)
        for flag, field in flags_of(type(options), phase).items()
    }
