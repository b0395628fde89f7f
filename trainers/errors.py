"""The error that means: the command or its input is wrong, not the program."""


class UserError(ValueError):
    """A mistake of the user, shown as its message alone, without a traceback."""
