"""Finds and loads the compiled ops. No other module loads a library."""

import contextlib
import contextvars
import functools
import pathlib
import re
import types
import warnings
from collections.abc import Iterator

import tensorflow as tf

_FOLDER = pathlib.Path(__file__).parent
_FILE_NAME = re.compile(r"librloss_ops-tf(\d+\.\d+)\.so")
_COMPILED_FOR = {"CPU"}  # devices on which XLA programs are tested with the filter
_FOR_ANY_DEVICE = contextvars.ContextVar("for_any_device", default=False)
_REBUILD = "run `pip install --force-reinstall --no-deps` on tf_rloss again"


class LibraryError(RuntimeError):
    """The compiled ops are missing or were built for another TensorFlow."""


def find_library(folder: pathlib.Path, tensorflow_version: str) -> pathlib.Path:
    """Returns the library built for a version of TensorFlow.

    TensorFlow's C++ interface changes with every minor version, so each
    library carries the version it was built for in its name.

    Args:
        folder: folder of the libraries.
        tensorflow_version: a version such as "2.21.0".

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


def library_path() -> pathlib.Path:
    """Returns the library of the ops; `tf.load_op_library` takes its path.

    Raises:
        LibraryError: if there is none for the TensorFlow that is running.
    """
    return find_library(_FOLDER, tf.__version__)


@functools.cache
def load() -> types.ModuleType:
    """Loads the libraries at first use and returns the module of the ops."""
    path = library_path()
    ops = tf.load_op_library(str(path))
    load_xla_kernels(path)
    return ops


@functools.cache
def load_xla_kernels(ops_path: pathlib.Path) -> bool:
    """Loads the XLA kernels that were built with a library of ops.

    Everything but `jit_compile=True` works without them.

    Args:
        ops_path: path of the library of ops.

    Returns:
        Whether the kernels are loaded.
    """
    path = ops_path.with_name(ops_path.name.replace("_ops-", "_xla-"))
    if not path.exists():
        return False
    try:
        tf.load_library(str(path))
    except tf.errors.OpError as error:
        warnings.warn(
            "The XLA kernels of tf_rloss cannot be loaded, so `jit_compile=True` "
            f"will not work: {error.message}. To mend it, {_REBUILD}.",
            stacklevel=2,
        )
        return False
    return True


@contextlib.contextmanager
def for_any_device() -> Iterator[None]:
    """Lets functions be traced inside with ops only that have GPU kernels, too.

    Graphs that are saved need it, since they may run on another machine.
    """
    token = _FOR_ANY_DEVICE.set(True)
    try:
        yield
    finally:
        _FOR_ANY_DEVICE.reset(token)


def may_be_for_cpus() -> bool:
    """Returns whether an op that only has a CPU kernel may be used."""
    if _FOR_ANY_DEVICE.get():
        return False
    devices = tf.config.list_physical_devices()
    return all(device.device_type == "CPU" for device in devices)


def has_xla_kernels() -> bool:
    """Returns whether XLA can compile the filter on every device of this machine."""
    present = {device.device_type for device in tf.config.list_physical_devices()}
    if not present <= _COMPILED_FOR:
        return False
    try:
        load()
    except LibraryError:
        return False
    return load_xla_kernels(library_path())
