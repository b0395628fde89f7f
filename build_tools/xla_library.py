"""Builds the library of XLA kernels, which only `jit_compile=True` needs.

It is separate from the library of ops and loaded after it, because a TensorFlow may
lack what it needs, and because compiling it takes half a minute and 1.8 GB of memory.
So a failure here does not end the build; it is reported in one line.

RLOSS_XLA=0 in the environment leaves the library out.
"""

import functools
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from build_tools import compiler, sources
from build_tools.find_tensorflow import TensorFlow

COMPILER = "libtensorflow_cc.so.2"  # holds XLA
HEADERS = ("tensorflow/compiler/tf2xla/xla_op_kernel.h", "xla/ffi/api/ffi.h")
# XLA's headers include these by their names in TensorFlow's own build.
VENDORED = ("external/highwayhash", "external/farmhash_archive/src")


def file_name(tensorflow: TensorFlow) -> str:
    """Returns the name of the library, which lies beside that of the ops."""
    return f"librloss_xla-tf{tensorflow.minor_version}.so"


def obstacle(tensorflow: TensorFlow) -> str:
    """Returns why the library cannot be built, or "" if it can."""
    if os.environ.get("RLOSS_XLA") == "0":
        return "RLOSS_XLA=0 is set"
    needed = [tensorflow.folder / COMPILER]
    needed += [tensorflow.include / header for header in HEADERS]
    missing = [str(path) for path in needed if not path.is_file()]
    return f"TensorFlow has no {missing[0]}" if missing else ""


def include_folders(tensorflow: TensorFlow) -> list[Path]:
    """Returns the folders of headers that the sources need."""
    return [tensorflow.include, *(tensorflow.include / name for name in VENDORED)]


def calls(tensorflow: TensorFlow) -> list[Callable[[], Path | None]]:
    """Returns the call that compiles the library, or no call if it cannot be built.

    The call returns the object, or None if compiling failed.
    """
    reason = obstacle(tensorflow)
    if reason:
        _say(reason)
        return []
    first, *others = sources.xla_sources()
    compile_all = functools.partial(
        _attempt,
        compiler.compile_object,
        first,
        sources.tensorflow_flags(),
        headers=include_folders(tensorflow),
        salt=tensorflow.salt,
        together_with=others,
    )
    return [compile_all]


def link(
    objects: Sequence[Path | None],
    flags: Sequence[str],
    ops_library: Path,
    target: Path,
) -> bool:
    """Links the library. If that fails, removes an older one.

    Args:
        objects: the results of what `calls` returns.
        flags: the linker flags of the library of ops.
        ops_library: the library of ops, which holds the filter itself. It must be
            in the folder of `target`.
        target: the path of the library.

    Returns:
        whether it was linked.
    """
    own = [f"-L{ops_library.parent}", f"-l:{ops_library.name}", f"-l:{COMPILER}"]
    flags = [*own, "-Wl,-rpath,$ORIGIN", *flags]
    if (
        objects
        and all(objects)
        and _attempt(_link, objects, flags, target, [ops_library])
    ):
        return True
    (sources.ROOT / target).unlink(missing_ok=True)
    return False


def _link(
    objects: Sequence[Path], flags: Sequence[str], target: Path, libraries: list[Path]
) -> Path:
    compiler.link(objects, flags, target, libraries)
    return target


def _attempt(function: Callable[..., Path], *arguments, **options) -> Path | None:
    try:
        return function(*arguments, **options)
    except SystemExit as failure:
        lines = str(failure).splitlines()
        _say(next((line for line in lines if "error" in line), lines[-1]))
        return None


def _say(reason: str) -> None:
    print(f"Without XLA kernels, so `jit_compile=True` will not work: {reason}")
