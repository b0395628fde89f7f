"""Errors that are shown as one line, without a traceback."""


class UserError(ValueError):
    """The command or its input is wrong, not the program."""


class TrainingError(RuntimeError):
    """A training that cannot go on, such as one whose loss became NaN."""
