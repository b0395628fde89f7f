"""Errors that are shown as one line, without a traceback."""


class UserError(ValueError):
    """An error of the command or its input, which the user can mend."""


class TrainingError(RuntimeError):
    """A training that cannot go on, such as one whose loss became NaN."""
