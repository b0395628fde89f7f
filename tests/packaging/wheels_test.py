"""The wheel for several versions of TensorFlow."""

import subprocess
import sys
from pathlib import Path

import pytest

from build_tools import find_tensorflow, wheels

MATRIX = Path(__file__).with_name("install_matrix.py")


@pytest.mark.parametrize(
    "tags, oldest",
    [("manylinux_2_35", (2, 35)), ("manylinux_2_27_x86_64.manylinux_2_9", (2, 9))],
)
def test_the_oldest_glibc_is_read_from_the_name(tags, oldest):
    name = f"tf_rloss-0.1.0-py3-none-{tags}_x86_64.whl"
    assert wheels.oldest_glibc(name) == oldest


def test_a_fetched_tensorflow_is_not_fetched_again(tmp_path, monkeypatch):
    fetched = []

    def pip(*arguments):
        fetched.append(arguments[-1])
        folder = tmp_path / "2.21"
        (folder / "tensorflow" / "include").mkdir(parents=True)
        (folder / "tensorflow" / find_tensorflow.FRAMEWORK).touch()
        about = folder / "tensorflow_cpu-2.21.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Name: tensorflow_cpu\nVersion: 2.21.0\n")

    monkeypatch.setattr(wheels, "FETCHED", tmp_path)
    monkeypatch.setattr(wheels, "_python", pip)
    (tmp_path / "2.21" / "half").mkdir(parents=True)
    assert wheels.fetch("2.21") == wheels.fetch("2.21") == tmp_path / "2.21"
    assert fetched == [f"{find_tensorflow.smallest_distribution()}==2.21.*"]
    assert not (tmp_path / "2.21" / "half").exists()


@pytest.mark.large
def test_the_wheel_works_with_every_tensorflow_without_a_compiler(tmp_path):
    pytest.importorskip("auditwheel")
    wheel = wheels.build_wheel(tmp_path)
    assert "-py3-none-manylinux_" in wheel.name
    command = [sys.executable, MATRIX, "--package", wheel, "--folder", tmp_path]
    command += ["--python", sys.executable, "--tensorflow"]
    command += [f"tensorflow=={minor}.*" for minor in find_tensorflow.SUPPORTED]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok: ") == len(find_tensorflow.SUPPORTED)
