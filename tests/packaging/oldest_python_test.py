"""Nothing is used that the oldest Python lacks, whichever Python runs the tests."""

import re
import subprocess
import sys

import pytest

from build_tools.sources import ROOT

RUN = "from vermin import main; main()"
SOURCES = ("tf_rloss", "trainers", "build_tools", "setup.py")


def oldest() -> str:
    """Returns the oldest version that setup.py allows, such as "3.10"."""
    text = (ROOT / "setup.py").read_text(encoding="utf-8")
    return re.search(r'python_requires=">=([\d.]+),', text).group(1)


def unmet(*paths) -> subprocess.CompletedProcess:
    """Has vermin look for what newer versions brought."""
    options = (f"--target={oldest()}-", "--no-tips", "--violations")
    return subprocess.run(
        [sys.executable, "-c", RUN, *options, *map(str, paths)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def test_the_oldest_python_has_all_that_is_used():
    """Protects: `typing.dataclass_transform` kept Python 3.10 from importing a loss."""
    pytest.importorskip("vermin")
    done = unmet(*SOURCES)
    assert done.returncode == 0, done.stdout


def test_what_a_newer_python_brought_is_found(tmp_path):
    pytest.importorskip("vermin")
    path = tmp_path / "newer.py"
    path.write_text("import typing\nprint(typing.dataclass_transform)\n")
    done = unmet(path)
    assert done.returncode != 0 and "dataclass_transform" in done.stdout
