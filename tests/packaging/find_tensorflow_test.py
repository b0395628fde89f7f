"""Which TensorFlow a build finds and which one the package then requires."""

import subprocess
import sys
from pathlib import Path

import pytest

from build_tools import backend, find_tensorflow


def make_site(folder: Path, name: str, version: str) -> Path:
    """Makes a site-packages folder with something that looks like TensorFlow."""
    (folder / "tensorflow" / "include").mkdir(parents=True)
    (folder / "tensorflow" / find_tensorflow.FRAMEWORK).touch()
    about = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
    return folder


@pytest.fixture
def environment(monkeypatch):
    """A function that pretends that the environment has these site-packages."""

    def use(*folders):
        monkeypatch.setattr(find_tensorflow, "environment_folders", lambda: folders)

    return use


@pytest.fixture
def no_driver(monkeypatch):
    monkeypatch.setattr(find_tensorflow, "has_nvidia_driver", lambda: False)


@pytest.mark.parametrize("name", ["tensorflow", "tensorflow-cpu", "tensorflow_cpu"])
def test_requirement_names_the_distribution_that_is_there(name, environment, tmp_path):
    environment(make_site(tmp_path, name, "2.21.1"))
    expected = name.replace("_", "-") + ">=2.21,<2.22"
    assert find_tensorflow.install_requirement() == expected


def test_first_environment_wins(tmp_path):
    first = make_site(tmp_path / "first", "tensorflow-cpu", "2.21.0")
    second = make_site(tmp_path / "second", "tensorflow", "2.21.0")
    found = find_tensorflow.find([tmp_path / "missing", first, second])
    assert found.distribution == "tensorflow-cpu"
    assert found.folder == first / "tensorflow"


@pytest.mark.parametrize("version", ["2.22.0.dev20260901", "2.22.0rc1"])
def test_unfinished_versions_are_required_exactly(version, environment, tmp_path):
    name = "tf-nightly" if "dev" in version else "tensorflow"
    environment(make_site(tmp_path, name, version))
    assert find_tensorflow.install_requirement() == f"{name}=={version}"


def test_other_versions_are_refused_in_one_sentence(environment, tmp_path):
    environment(make_site(tmp_path, "tensorflow", "2.15.0"))
    with pytest.raises(SystemExit) as refusal:
        find_tensorflow.install_requirement()
    assert "this environment has tensorflow 2.15.0" in str(refusal.value)
    wanted = f"tensorflow{find_tensorflow.supported_range()}"
    assert f'pip install "{wanted}"' in str(refusal.value)


def test_a_build_for_several_finds_all_and_requires_any(monkeypatch, tmp_path):
    monkeypatch.setattr(find_tensorflow, "SUPPORTED", ("2.20", "2.21"))
    sites = [
        make_site(tmp_path / version, "tensorflow-cpu", version)
        for version in ("2.20.0", "2.21.1")
    ]
    monkeypatch.setenv(find_tensorflow.FOLDERS, ":".join(map(str, sites)))
    found = find_tensorflow.find_all_for_build()
    assert [tensorflow.folder.parent for tensorflow in found] == sites
    assert find_tensorflow.install_requirement() == "tensorflow>=2.20,<2.22"


def test_a_build_for_several_names_the_folders_without_tensorflow(
    monkeypatch, tmp_path
):
    site = make_site(tmp_path / "site", "tensorflow-cpu", "2.21.0")
    monkeypatch.setenv(find_tensorflow.FOLDERS, f"{tmp_path}/a:{site}:{tmp_path}/b")
    with pytest.raises(SystemExit, match=r"no TensorFlow in .*/a and .*/b"):
        find_tensorflow.find_all_for_build()


def test_folder_without_headers_is_not_a_tensorflow(tmp_path):
    site = make_site(tmp_path, "tensorflow", "2.21.0")
    (site / "tensorflow" / "include").rmdir()
    assert find_tensorflow.find([site]) is None


@pytest.mark.parametrize("kind", ["wheel", "editable"])
def test_build_asks_for_headers_only_where_there_is_no_tensorflow(
    kind, environment, monkeypatch, tmp_path
):
    name = f"get_requires_for_build_{kind}"
    monkeypatch.setattr(backend.build_meta, name, lambda settings: ["other"])
    get_requires = getattr(backend, name)
    environment()
    assert get_requires() == ["other", find_tensorflow.build_requirement()]
    environment(make_site(tmp_path, "tensorflow", "2.21.0"))
    assert get_requires() == ["other"]


def test_without_tensorflow_and_driver_the_small_one_is_required(
    environment, no_driver
):
    environment()
    expected = find_tensorflow.build_requirement()
    assert find_tensorflow.install_requirement() == expected


@pytest.mark.parametrize("exit_status, has_driver", [(0, True), (9, False)])
def test_nvidia_driver_is_found_through_its_tool(
    exit_status, has_driver, environment, monkeypatch, tmp_path
):
    monkeypatch.setattr(find_tensorflow, "NVIDIA_DRIVER", tmp_path / "missing")
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\nexit {exit_status}\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    environment()
    required = find_tensorflow.install_requirement()
    assert required.startswith("tensorflow[and-cuda]>=") == has_driver


def test_finding_does_not_import_tensorflow():
    code = (
        "import sys; from build_tools import find_tensorflow as f;"
        "assert f.find_in_environment(); sys.exit('tensorflow' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root).returncode == 0
