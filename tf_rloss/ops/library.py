"""Finds and loads the compiled ops; the only module that knows of a library."""

import functools
import pathlib
import re

import tensorflow as tf

_FOLDER = pathlib.Path(__file__).parent
_FILE_NAME = re.compile(r"librloss_ops-tf(\d+\.\d+)\.so")
_REBUILD = "run `pip install --force-reinstall --no-deps` on tf_rloss again"


class LibraryError(RuntimeError):
    """The compiled ops are missing or were built for another TensorFlow."""


def find_library(folder: pathlib.Path, tensorflow_version: str) -> pathlib.Path:
    """Returns the library built for a version of TensorFlow.

    TensorFlow's C++ interface changes with every minor version, so each
    library carries the version it was built for in its name.

    Args:
        folder: where the libraries lie.
        tensorflow_version: like "2.21.0".

    Returns:
        The path of the library.

    Raises:
        LibraryError: if there is none for this version.
    """
    wanted = ".".join(tensorflow_version.split(".")[:2])
    found = {}
    for path in folder.glob("*.so"):
        match = _FILE_NAME.fullmatch(path.name)
        if match:
            found[match[1]] = path
    if wanted in found:
        return found[wanted]
    if found:
        built = ", ".join(sorted(found))
        raise LibraryError(
            f"tf_rloss was built for TensorFlow {built} but TensorFlow "
            f"{tensorflow_version} is running: {_REBUILD}."
        )
    raise LibraryError(
        f"tf_rloss' compiled ops are missing from {folder}: {_REBUILD} "
        "(in a checkout: `make build`)."
    )


@functools.cache
def load():
    """Loads the library at first use and returns the module of its ops."""
    return tf.load_op_library(str(find_library(_FOLDER, tf.__version__)))


def has_xla_kernels() -> bool:
    """Whether the ops can be compiled by XLA: they run op by op only."""
    return False
