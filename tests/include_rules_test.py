"""Which folder of C++ code may include which."""

import re
from pathlib import Path

import pytest

CUSTOM_OPS = Path(__file__).resolve().parents[1] / "custom_ops"
# What is not a file of custom_ops: headers of TensorFlow, of XLA and of Abseil.
TENSORFLOW_HEADERS = "TensorFlow's headers"

# folder of custom_ops: the folders that it may include beside itself
ALLOWED = {
    "lattice": set(),
    "portable": set(),
    "gpu/kernels": {"lattice"},
    "gpu/driver": {"gpu/kernels"},
    "gpu/launch": {"gpu/driver", "gpu/kernels", "lattice"},
    "gpu/c_api": {"gpu/driver", "gpu/launch", "lattice"},
    "gpu/on_cpu": {"gpu/driver", "gpu/kernels", "gpu/launch", "lattice"},
    "gpu/on_cpu/fake": {
        "gpu/driver",
        "gpu/on_cpu",
        "tensorflow",
        TENSORFLOW_HEADERS,
    },
    "tensorflow": {
        "gpu/driver",
        "gpu/kernels",
        "gpu/launch",
        "lattice",
        TENSORFLOW_HEADERS,
    },
}
# Tests may also run the kernels on the processor.
ALLOWED_IN_TESTS = {"gpu/on_cpu"}
# The only text of the kernels that code of the host includes: structs and constants.
LAYOUTS = {"layout.h", "forms_layout.h"}
HOST_FOLDERS = ("gpu/driver", "gpu/launch", "gpu/c_api", "tensorflow")


def sources(folder: str) -> list[Path]:
    found = (CUSTOM_OPS / folder).glob("*")
    return sorted(path for path in found if path.suffix in (".cc", ".cu", ".h"))


def is_test(path: Path) -> bool:
    return path.stem.endswith(("_test", "test_support"))


def includes(path: Path) -> list[Path]:
    """What a file includes in quotation marks, as absolute paths."""
    names = re.findall(r'^#include "(.+)"', path.read_text(), re.MULTILINE)
    return [(path.parent / name).resolve() for name in names]


def folder_of(included: Path) -> str:
    if not included.is_file():
        return TENSORFLOW_HEADERS
    return str(included.parent.relative_to(CUSTOM_OPS))


def test_every_folder_has_a_rule():
    files = [path for path in CUSTOM_OPS.rglob("*") if path.suffix in (".cc", ".h")]
    assert {folder_of(path) for path in files} == set(ALLOWED)


@pytest.mark.parametrize("folder", ALLOWED)
def test_folder_includes_only_what_it_may(folder):
    for path in sources(folder):
        allowed = ALLOWED[folder] | {folder}
        if is_test(path):
            allowed |= ALLOWED_IN_TESTS
        assert {folder_of(included) for included in includes(path)} <= allowed, path


@pytest.mark.parametrize("folder", HOST_FOLDERS)
def test_host_includes_only_the_layouts_of_the_kernels(folder):
    for path in sources(folder):
        used = {i.name for i in includes(path) if folder_of(i) == "gpu/kernels"}
        assert is_test(path) or used <= LAYOUTS, path
