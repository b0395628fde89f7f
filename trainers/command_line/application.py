"""Start-up of every program: parse flags, print help, turn mistakes into one line."""

import errno
import re
import sys
import textwrap
from collections.abc import Callable, Sequence

from absl import flags

from ..errors import TrainingError, UserError
from ..options import Given
from .flags import ProgramFlags, read_given
from .notices import show_notices, start_tensorflow

USER_ERROR_EXIT_CODE = 2
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
"""A full disk, a used quota, a limit of size, and a file system that is read only."""
HELP_ARGUMENTS = frozenset({"--help", "-help", "-h", "--helpshort", "--helpfull"})
HELP_WIDTH = 88
MOST_USED = "The flags that matter first"


def run_app(
    main: Callable[[Given], None],
    flag_values: ProgramFlags,
    check: Callable[[Given], None] = lambda given: None,
    argv: Sequence[str] | None = None,
) -> None:
    """Parses the command line, runs `main` and exits with its status.

    `--help` prints the docstring of the module of `main` and the flags of
    `flag_values`. A mistake of the user (a wrong flag, a missing file, bad data) is
    printed as its message on stderr, and the exit code is 2; a training that cannot
    go on likewise, with exit code 1.

    Args:
        main: called with the flags that the user gave; it imports the program's body.
        flag_values: the flags that the program knows.
        check: called with the same flags before TensorFlow starts; raises UserError
            for flags that do not fit together.
        argv: command line, program name first. Default: `sys.argv`.

    Raises:
        SystemExit: always, as a program ends.
    """
    argv = list(sys.argv if argv is None else argv)
    if HELP_ARGUMENTS.intersection(argv[1:]):
        print(help_text(main, flag_values))
        sys.exit(0)
    try:
        arguments = flag_values(argv)
        if len(arguments) > 1:
            raise UserError(
                f"Unexpected argument `{arguments[1]}`: every option is a flag, "
                "--name=value. --help lists them."
            )
        flags.FLAGS(argv[:1])  # absl's own flags (logging) count as parsed.
        given = read_given(flag_values)
        check(given)
        start_tensorflow()
        show_notices()
        main(given)
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        sys.exit(130)
    except TrainingError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        if not is_user_error(error):
            raise
        print(f"error: {message_of(error)}", file=sys.stderr)
        sys.exit(USER_ERROR_EXIT_CODE)
    sys.exit(0)


def is_user_error(error: Exception) -> bool:
    """Returns whether the user can mend `error`, so that a traceback would not help."""
    # Only a program that imported the data package can raise its error; looking it
    # up here keeps `--help` from importing TensorFlow.
    data = sys.modules.get("tf_rloss.data")
    kinds = [UserError, flags.Error, FileNotFoundError, NotADirectoryError]
    kinds += [PermissionError, IsADirectoryError]
    kinds += [data.DataError] if data is not None else []
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return True
    return isinstance(error, tuple(kinds)) or fault_of_data(error) is not None


def fault_of_data(error: Exception) -> str | None:
    """Returns what a DataError says that TensorFlow caught while it read images.

    The folder was checked at the start, so that the file has changed since.
    """
    if not type(error).__module__.startswith("tensorflow."):
        return None
    found = re.search(r"\bDataError: (.+)", str(error))
    return found and f"{found[1]} (it has changed since the start)"


def message_of(error: Exception) -> str:
    """Returns the text to show for a user error."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.strerror}: {error.filename}"
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return f"{error.strerror}. What was written before is whole."
    if isinstance(error, flags.Error):
        return " ".join(str(error).split()) + " (--help lists the flags)"
    return fault_of_data(error) or str(error)


def help_text(main: Callable, flag_values: ProgramFlags) -> str:
    """Returns the docstring of the module of `main`, then the flags under headings."""
    doc = sys.modules[main.__module__].__doc__ or ""
    lines = [doc.strip()]
    if flag_values.first:
        lines += ["", f"{MOST_USED}:", *_paragraphs(flag_values, flag_values.first)]
    for heading, names in flag_values.headings.items():
        names = [name for name in names if name not in flag_values.first]
        if names:
            lines += ["", f"{heading}:", *_paragraphs(flag_values, names)]
    return "\n".join(lines)


def _paragraphs(flag_values: ProgramFlags, names: Sequence[str]) -> list[str]:
    """Returns the lines of some flags: usage, then the help below it."""
    lines = []
    for name in names:
        lines.append(f"  {_usage(flag_values[name])}")
        lines += textwrap.wrap(
            _description(flag_values[name]),
            HELP_WIDTH,
            initial_indent=" " * 6,
            subsequent_indent=" " * 6,
        )
    return lines


def _usage(flag: flags.Flag) -> str:
    if flag.boolean:
        return f"--[no]{flag.name}"
    if isinstance(flag, flags.EnumFlag):
        usage = f"--{flag.name}={{{','.join(flag.parser.enum_values)}}}"
        if len(usage) <= HELP_WIDTH - 2:
            return usage
        usage = usage.replace(",", ", ")
        return textwrap.fill(usage, HELP_WIDTH, subsequent_indent=" " * 6)
    return f"--{flag.name}="


def _description(flag: flags.Flag) -> str:
    text = " ".join((flag.help or "").split())
    if isinstance(flag, flags.EnumFlag):
        text = text.partition(">: ")[2]  # absl repeats the values there.
    if flag.default is None or flag.default == "":
        return text
    default = flag.default_as_str.replace("'", "")
    return f"{text} (default: {default})"
