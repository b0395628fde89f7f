"""Parsers of flags whose value is several numbers or names."""

import math
from collections.abc import Callable
from typing import Any

from absl import flags


class TupleParser(flags.ArgumentParser):
    """Parses `a,b,...` into a tuple.

    Args:
        item: function from the text of one item to its value.
        pair: whether the tuple has two items; one item then stands for both.
        numbers: whether items are numbers, which must be above 0.
        at_most: largest number; None: no limit.
    """

    def __init__(
        self,
        item: Callable[[str], Any],
        *,
        pair: bool = False,
        numbers: bool = True,
        at_most: float | None = None,
    ):
        super().__init__()
        self._item, self._pair, self._numbers = item, pair, numbers
        self._at_most = float("inf") if at_most is None else at_most
        what = "numbers" if numbers else "names"
        self.syntactic_help = f"one or more {what} separated by commas"
        if pair:
            self.syntactic_help = "one number, or two separated by a comma"

    def parse(self, argument: Any) -> tuple:
        if isinstance(argument, tuple):
            return argument
        try:
            values = tuple(self._item(part.strip()) for part in argument.split(","))
        except ValueError:
            values = ()
        if self._pair and len(values) == 1:
            values *= 2
        wrong = self._numbers and not all(0 < v <= self._at_most for v in values)
        wrong |= not all(value != "" for value in values)
        if not values or wrong or (self._pair and len(values) != 2):
            limits = ", above 0" if self._numbers else ""
            if self._at_most < float("inf"):
                limits += f" and at most {self._at_most:g}"
            raise ValueError(f"expected {self.syntactic_help}{limits}")
        return values


class SignedPairsParser(TupleParser):
    """Parses `a,b` or `a,b,c,d,...` into a tuple of finite numbers of any sign.

    Args:
        one: whether only one pair is allowed.
    """

    def __init__(self, *, one: bool):
        super().__init__(float, numbers=False)
        self._one = one
        self.syntactic_help = "two numbers separated by a comma"
        if not one:
            self.syntactic_help += ", or such a pair for each channel"

    def parse(self, argument: Any) -> tuple:
        values = super().parse(argument)
        whole = len(values) == 2 or (len(values) % 2 == 0 and not self._one)
        if not whole or not all(map(math.isfinite, values)):
            raise ValueError(f"expected {self.syntactic_help}")
        return values


class WholeNumbersParser(TupleParser):
    """Parses `a,b,...` into a tuple of whole numbers of any sign."""

    def __init__(self):
        super().__init__(int, numbers=False)
        self.syntactic_help = "one or more whole numbers separated by commas"
