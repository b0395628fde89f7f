"""Flags whose value is several numbers."""

from collections.abc import Callable

from absl import flags


class PairParser(flags.ArgumentParser):
    """Parses `a,b`, or `a` for `a,a`, into a tuple of two positive numbers."""

    syntactic_help = "one number, or two separated by a comma"

    def __init__(self, number: Callable[[str], float]):
        super().__init__()
        self._number = number

    def parse(self, argument):
        if isinstance(argument, tuple):
            return argument
        try:
            values = tuple(self._number(part) for part in argument.split(","))
        except ValueError:
            values = ()
        values = values * 2 if len(values) == 1 else values
        if len(values) != 2 or not all(value > 0 for value in values):
            raise ValueError(f"expected {self.syntactic_help}, above 0")
        return values


class NumbersParser(flags.ArgumentParser):
    """Parses `a,b,...` into a tuple of positive numbers."""

    syntactic_help = "one or more numbers separated by commas"

    def parse(self, argument):
        if isinstance(argument, tuple):
            return argument
        try:
            values = tuple(float(part) for part in argument.split(","))
        except ValueError:
            values = ()
        if not values or not all(value > 0 for value in values):
            raise ValueError(f"expected {self.syntactic_help}, above 0")
        return values


class TupleSerializer(flags.ArgumentSerializer):
    """Writes a tuple as the parsers read it."""

    def serialize(self, value):
        return ",".join(str(part) for part in value)


def define_pair(
    name: str,
    default: tuple | None,
    help: str,
    number: Callable[[str], float],
    flag_values: flags.FlagValues,
) -> None:
    """Defines a flag of two numbers."""
    flags.DEFINE(
        PairParser(number), name, default, help, flag_values, TupleSerializer()
    )


def define_numbers(name: str, help: str, flag_values: flags.FlagValues) -> None:
    """Defines a flag of one or more numbers, None by default."""
    flags.DEFINE(NumbersParser(), name, None, help, flag_values, TupleSerializer())
