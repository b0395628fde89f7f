"""The libraries run on every Linux that manylinux_2_28 stands for."""

import re
import shutil
import subprocess

import pytest

from build_tools import find_tensorflow, library, sources, toolchain, xla_library

TENSORFLOW = find_tensorflow.find_for_build()
BUILT = {
    module: sources.ROOT / library.FOLDER / module.file_name(TENSORFLOW)
    for module in (library, xla_library)
}
# The newest versions of symbols that manylinux_2_28 allows, for x86-64.
NEWEST = {"GLIBC": (2, 28), "GLIBCXX": (3, 4, 24), "CXXABI": (1, 3, 11)}


def compiler_version() -> int:
    command = [*toolchain.find_compiler(), "-dumpversion"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return int(shown.split(".")[0])


@pytest.mark.skipif(
    not toolchain.compiles_for_x86() or compiler_version() > 12,
    reason="newer compilers bind to more symbols of their own library",
)
@pytest.mark.parametrize("module", BUILT)
def test_the_libraries_need_no_newer_symbols_than_old_machines_have(module):
    command = [shutil.which("readelf"), "--version-info", "--wide", str(BUILT[module])]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    needed = re.findall(r"Name: (GLIBC|GLIBCXX|CXXABI)_([0-9.]+)", shown)
    assert {name for name, _ in needed} == set(NEWEST)
    for name, version in needed:
        assert tuple(map(int, version.split("."))) <= NEWEST[name], (name, version)


@pytest.mark.parametrize("module", BUILT)
def test_definitions_of_the_portable_sources_are_hidden(module):
    """Protects: other libraries of the process would call them."""
    command = [shutil.which("nm"), "-D", "--defined-only", str(BUILT[module])]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    names = {line.split()[-1] for line in shown.splitlines()}
    assert names
    assert not names & {"dlopen", "dlsym", "dlerror", "pow", "__libc_single_threaded"}
    assert not [name for name in names if name.startswith("rloss_")]
