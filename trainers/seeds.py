"""The seeds of an experiment, as a flag."""

from collections.abc import Sequence

from absl import flags

from .errors import UserError


def define_seeds(flag_values: flags.FlagValues) -> None:
    """Defines --seeds; `parse_seeds` reads it."""
    flags.DEFINE_list("seeds", ["0"], "Seeds to train with.", flag_values=flag_values)


def parse_seeds(texts: Sequence[str]) -> list[int]:
    """The seeds as numbers, each once.

    Raises:
        UserError: unless all are whole numbers.
    """
    try:
        return list(dict.fromkeys(int(text) for text in texts))
    except ValueError:
        raise UserError(f"--seeds must be whole numbers. Received: {texts}") from None
