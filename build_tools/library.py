"""Builds the library of TensorFlow ops, and that of their XLA kernels if it can.

    python -m build_tools.library

writes them to `tf_rloss/ops/`, where a checkout looks for them.
"""

import functools
import hashlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from build_tools import compiler, find_tensorflow, sources, xla_library

FOLDER = Path("tf_rloss/ops")


def file_name(tensorflow: find_tensorflow.TensorFlow) -> str:
    """Returns the library's name, another one for each minor version of TensorFlow."""
    return f"librloss_ops-tf{tensorflow.minor_version}.so"


def lattice_calls() -> list[Callable[[], Path]]:
    """Returns calls that compile the lattice, one per object."""
    return [
        functools.partial(compiler.compile_object, path, sources.lattice_flags(path))
        for path in sources.lattice_sources()
    ]


def gpu_calls() -> list[Callable[[], Path]]:
    """Returns calls that compile what launches the GPU kernels, one per object."""
    text = b"".join((sources.ROOT / path).read_bytes() for path in sources.gpu_text())
    salt = hashlib.sha256(text).hexdigest()
    return [
        functools.partial(
            compiler.compile_object,
            path,
            sources.gpu_flags(),
            salt=salt if path.stem == "device_text" else "",
        )
        for path in sources.gpu_sources()
    ]


def tensorflow_calls(
    paths: Sequence[Path], tensorflow: find_tensorflow.TensorFlow
) -> list[Callable[[], Path]]:
    """Returns the call that compiles sources with the headers of a TensorFlow.

    All become one object, since the headers take far longer to compile than what
    includes them.
    """
    first, *others = paths
    options = {"headers": [tensorflow.include], "salt": tensorflow.salt}
    options["together_with"] = others
    return compiler.calls([first], sources.tensorflow_flags(), **options)


def build(folder: Path) -> list[Path]:
    """Builds the libraries for each TensorFlow of `find_all_for_build`.

    Args:
        folder: the folder to write the libraries to.

    Returns:
        the paths of each library of the ops, and of XLA kernels if it was built.
    """
    if sys.platform != "linux":
        raise SystemExit(f"tf_rloss builds on Linux only, not on {sys.platform}.")
    found = find_tensorflow.find_all_for_build()
    if not found:
        raise SystemExit(
            "The op needs TensorFlow's headers, and this environment has no "
            f'TensorFlow. Run: pip install "{find_tensorflow.build_requirement()}"'
        )
    folder = sources.ROOT / folder
    return [path for tensorflow in found for path in _build_for(tensorflow, folder)]


def _build_for(tensorflow: find_tensorflow.TensorFlow, folder: Path) -> list[Path]:
    # The slowest start first.
    xla_calls = xla_library.calls(tensorflow)
    calls = tensorflow_calls(sources.tensorflow_sources(), tensorflow)
    calls += lattice_calls() + gpu_calls()
    made = compiler.in_parallel(xla_calls + calls)
    xla_objects, objects = made[: len(xla_calls)], made[len(xla_calls) :]
    portable = [
        compiler.compile_object(path, sources.portable_flags())
        for path in sources.portable_sources()
    ]
    library = folder / file_name(tensorflow)
    flags = [
        *compiler.SHARED,
        *tensorflow.link_flags,
        # In site-packages tensorflow is a neighbour of tf_rloss. In a checkout it is
        # not: there the TensorFlow that the program has already loaded is taken.
        "-Wl,-rpath,$ORIGIN/../../tensorflow",
    ]
    compiler.link(objects + portable, flags, library)
    with_xla = folder / xla_library.file_name(tensorflow)
    xla_objects = xla_objects and xla_objects + portable
    linked = xla_library.link(xla_objects, flags, library, with_xla)
    return [library, with_xla] if linked else [library]


if __name__ == "__main__":
    for path in build(FOLDER):
        print(f"built {path}")
