"""What the compiler compiles for decides what is compiled, not where it runs."""

import os
from pathlib import Path

import pytest

from build_tools import cpp_tests, sanitized_tests, sources, toolchain


@pytest.fixture
def compiler_for(tmp_path, monkeypatch):
    """Makes `CXX` a compiler that says it compiles for a target triplet."""

    def install(triplet):
        path = tmp_path / f"{triplet}-g++"
        path.write_text(f"#!/bin/sh\necho {triplet}\n")
        path.chmod(0o755)
        monkeypatch.setenv("CXX", str(path))

    return install


def test_missing_compiler_is_named_in_one_sentence(monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler -m64")
    with pytest.raises(SystemExit, match="`no-such-compiler` was not found"):
        toolchain.find_compiler()


@pytest.mark.parametrize("triplet", ["x86_64-linux-gnu", "x86_64-pc-linux-gnu"])
def test_a_compiler_for_x86_gets_the_kernels_for_x86(compiler_for, triplet):
    compiler_for(triplet)
    compiled = {path.name for path in sources.lattice_sources()}
    assert set(sources.X86_KERNELS) <= compiled
    plain = sources.lattice_flags(sources.LATTICE / "filter.cc")
    assert "-DRLOSS_HAVE_X86_KERNELS" in plain


def test_a_cross_compiler_gets_portable_sources_only(compiler_for):
    compiler_for("aarch64-linux-gnu")
    compiled = {path.name for path in sources.lattice_sources()}
    assert "kernels_baseline.cc" in compiled
    assert not set(sources.X86_KERNELS) & compiled
    for path in sources.lattice_sources():
        flags = sources.lattice_flags(path)
        assert not [f for f in flags if f.startswith("-m") or "X86" in f], flags


def test_sanitizers_are_part_of_what_names_an_object(monkeypatch):
    monkeypatch.setenv("CXXFLAGS", "-march=native")
    monkeypatch.setenv("LDFLAGS", "")
    sanitized_tests.set_flags("thread")
    assert os.environ["CXXFLAGS"].startswith("-march=native -fsanitize=thread ")
    assert "-fsanitize=thread" in os.environ["LDFLAGS"]


def test_emulator_is_handed_program_and_environment(tmp_path, capfd):
    emulator = tmp_path / "emulator"
    emulator.write_text('#!/bin/sh\necho "$RLOSS_ISA $1 $2"\n')
    emulator.chmod(0o755)
    ran = cpp_tests.run_test(
        Path("a_test.cc"), tmp_path / "a", [str(emulator), "-L"], {"RLOSS_ISA": "avx2"}
    )
    assert ran
    assert f"avx2 -L {tmp_path}/a" in capfd.readouterr().out


@pytest.mark.parametrize(
    "passed, status", [([True, True], 0), ([True, False], 1), ([], 1)]
)
def test_failed_tests_and_none_at_all_are_failures(passed, status, capfd):
    assert cpp_tests.summarize(passed) == status
    assert f"{sum(passed)} passed" in capfd.readouterr().out
