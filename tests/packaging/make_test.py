"""`make` and the CI script say clearly what is missing and what ran."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run_ci(folder: Path, lines: list[str], status: int = 0):
    """Runs the CI script where `make test-all` prints `lines` and ends so."""
    (folder / ".ci").mkdir()
    shutil.copy2(ROOT / ".ci" / "run", folder / ".ci" / "run")
    printed = "".join(f"\t@echo '{line}'\n" for line in lines)
    (folder / "Makefile").write_text(f"test-all:\n{printed}\t@exit {status}\n")
    return subprocess.run([folder / ".ci" / "run"], capture_output=True, text=True)


PASSED = ["C++ tests: 3 passed, 0 failed", "===== 412 passed, 1 warning in 90.12s ===="]


def test_ci_says_how_many_tests_ran(tmp_path):
    done = run_ci(tmp_path, PASSED)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "tests run: 412 in Python, 3 in C++"


@pytest.mark.parametrize("lines", [[], PASSED[:1], PASSED[1:]])
def test_ci_fails_when_no_tests_ran(lines, tmp_path):
    assert run_ci(tmp_path, lines).returncode != 0


def test_ci_fails_when_a_test_fails(tmp_path):
    assert run_ci(tmp_path, PASSED, status=2).returncode != 0


def make(*arguments: str):
    command = ["make", "build", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_make_says_that_python_is_missing(tmp_path):
    done = make(f"VENV={tmp_path}/venv", "PYTHON=no-such-python")
    assert done.returncode != 0
    assert "No no-such-python: install Python 3.10 to 3.13" in done.stdout


@pytest.mark.parametrize(
    "condition, message",
    [
        ('case "$2" in *version_info*) exit 1;; esac', "is not Python 3.10 to 3.13"),
        ('case "$2" in *ensurepip*) exit 1;; esac', "apt-get install python3-venv"),
    ],
)
def test_make_says_what_is_wrong_with_python(condition, message, tmp_path):
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{condition}\n")
    python.chmod(0o755)
    done = make(f"VENV={tmp_path}/venv", f"PYTHON={python}")
    assert done.returncode != 0
    assert message in done.stdout
    assert not (tmp_path / "venv").exists()


def test_make_says_that_the_compiler_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    done = make(f"VENV={tmp_path}/venv")
    assert done.returncode != 0
    assert "apt-get install g++" in done.stdout
