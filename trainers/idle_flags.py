"""Refuses a flag that was given although the value of another leaves it without use."""

from collections.abc import Iterable

from absl import flags


def acts_only_with(
    names: Iterable[str],
    chooser: str,
    values: Iterable[str],
    flag_values: flags.FlagValues,
    unless: str | None = None,
) -> None:
    """Makes flags an error unless `chooser` has one of `values`; defaults stay allowed.

    Args:
        names: of the flags; those that `flag_values` does not have are left out.
        chooser: name of the flag that decides.
        values: of it, with which the flags mean something.
        flag_values: where all of them are defined.
        unless: name of a flag, true where they mean something all the same.
    """
    values = tuple(values)

    def register(name):
        def is_of_use(given):
            idle = flag_values[name].present and given[chooser] not in values
            return not idle or bool(unless and given[unless])

        flags.register_multi_flags_validator(
            [name, chooser, *([unless] if unless else [])],
            is_of_use,
            f"--{name} means something with --{chooser}={' or '.join(values)} only",
            flag_values,
        )

    for name in names:
        if name in flag_values:
            register(name)
