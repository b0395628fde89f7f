"""What a wheel of this tree holds and asks for, and that it works by itself."""

import ast
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest
import tensorflow as tf

ROOT = Path(__file__).resolve().parents[2]
VERSION = ".".join(tf.__version__.split(".")[:2])
LIBRARY = f"librloss_ops-tf{VERSION}.so"
XLA_LIBRARY = f"librloss_xla-tf{VERSION}.so"
# What the wheel's Python code does when it is first used; the folder that holds it
# is the first argument.
USE = """
import importlib, json, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import tf_rloss, tf_rloss_trainers
from tensorflow.python.eager import context
names = [
    found.name
    for package in (tf_rloss, tf_rloss_trainers)
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
]
for name in names:
    importlib.import_module(name)
seen = {"modules": names, "file": tf_rloss.__file__}
seen["library loaded"] = "librloss_ops" in open("/proc/self/maps").read()
seen["device started"] = context.context()._initialized
from tf_rloss import ops
import numpy
filtered = ops.bilateral_filter(
    numpy.ones((1, 5, 4, 2), "float32"), numpy.zeros((1, 5, 4, 3), "float32"),
    sigma_xy=3.0, sigma_rgb=9.0)
seen["sum"] = float(filtered.numpy().sum())
maps = open("/proc/self/maps").read().split()
seen["libraries"] = sorted({part for part in maps if "librloss_" in part})
seen["has XLA kernels"] = ops.has_xla_kernels()
print(json.dumps(seen))
"""


def build(folder: Path, target: Path) -> Path:
    """Builds a wheel of the tree in `folder` with the environment's setuptools."""
    command = [sys.executable, "-m", "pip", "wheel", "--no-build-isolation"]
    command += ["--no-deps", "--no-index", "-w", str(target), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = target.glob("*.whl")
    return wheel


def lend_objects(folder: Path) -> None:
    """Lets a copy of this tree use the objects that were compiled here."""
    objects = ROOT / "build" / "objects"
    if objects.is_dir():
        shutil.copytree(objects, folder / "build" / "objects")


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the sources, with left-overs of other builds in it."""
    folder = tmp_path_factory.mktemp("tree") / "checkout"
    kept_out = shutil.ignore_patterns("__pycache__", "*.so", "*.tmp", "tmp*")
    for name in ("build_tools", "custom_ops", "tf_rloss", "trainers"):
        shutil.copytree(ROOT / name, folder / name, ignore=kept_out)
    for name in (
        "setup.py",
        "pyproject.toml",
        "MANIFEST.in",
        "LICENSE",
        "NOTICE",
        "README.md",
    ):
        shutil.copy2(ROOT / name, folder)
    lend_objects(folder)
    (folder / "tf_rloss/ops/librloss_ops-tf1.99.so").write_text("for another version")
    left_over = f"lib.{sysconfig.get_platform()}-{sys.implementation.cache_tag}"
    (folder / "build" / left_over / "tf_rloss").mkdir(parents=True)
    (folder / "build" / left_over / "tf_rloss" / "deleted.py").touch()
    return folder


@pytest.fixture(scope="module")
def wheel(tree, tmp_path_factory):
    """The path of a wheel of the tree."""
    return build(tree, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def names(wheel):
    """The names of the files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return [Path(name) for name in archive.namelist()]


def about(wheel: Path, name: str) -> str:
    with zipfile.ZipFile(wheel) as archive:
        (found,) = [n for n in archive.namelist() if n.endswith(f".dist-info/{name}")]
        return archive.read(found).decode()


@pytest.mark.slow
def test_wheel_holds_the_package_and_its_programs_only(names):
    """Protects: programs inside the package import TensorFlow before --help."""
    folders = {path.parts[0] for path in names}
    assert {name for name in folders if not name.endswith(".dist-info")} == {
        "tf_rloss",
        "tf_rloss_trainers",
    }


def test_wheel_holds_the_sources_of_now(names):
    packed = {path for path in names if ".py" in path.name}
    expected = {path.relative_to(ROOT) for path in ROOT.glob("tf_rloss/**/*.py")}
    for path in ROOT.glob("trainers/**/*.py"):
        inside = path.relative_to(ROOT / "trainers")
        expected.add("tf_rloss_trainers" / inside)
    assert packed == expected


def test_wheel_says_that_it_has_type_hints(names):
    assert Path("tf_rloss/py.typed") in names


def test_wheel_holds_the_template_of_reports_and_the_page_to_draw_on(names):
    assert Path("tf_rloss/visualization/report.html.jinja") in names
    page = ROOT / "trainers" / "annotation_page" / "static"
    for path in page.iterdir():
        assert Path("tf_rloss_trainers/annotation_page/static", path.name) in names


def test_wheel_holds_the_libraries_for_this_tensorflow_only(names):
    libraries = sorted(path for path in names if path.suffix == ".so")
    assert libraries == [Path("tf_rloss/ops") / n for n in (LIBRARY, XLA_LIBRARY)]


def test_wheel_fits_any_python_on_this_platform(wheel):
    platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    assert wheel.stem.endswith(f"-py3-none-{platform}")
    tags = about(wheel, "WHEEL").splitlines()
    assert f"Tag: py3-none-{platform}" in tags
    assert "Root-Is-Purelib: false" in tags


def test_wheel_requires_the_tensorflow_that_is_there(wheel):
    wanted = "Requires-Dist: tensorflow"
    found = [
        re.split("[ <>=]", line.partition(": ")[2])[0]
        for line in about(wheel, "METADATA").splitlines()
        if line.startswith(wanted) and "extra" not in line
    ]
    names = {dist.metadata["Name"] for dist in importlib.metadata.distributions()}
    assert len(found) == 1
    assert found[0] in {name.replace("_", "-") for name in names}


def test_every_console_command_has_its_function(wheel):
    lines = about(wheel, "entry_points.txt").splitlines()
    commands = dict(line.split(" = ") for line in lines if " = " in line)
    programs = {
        path.stem
        for path in (ROOT / "trainers").glob("*.py")
        if "\ndef run() -> None:" in path.read_text()
    }
    assert {c.removeprefix("tf-rloss-").replace("-", "_") for c in commands} == programs
    for name, target in commands.items():
        module, function = target.split(":")
        short = module.removeprefix("tf_rloss_trainers.")
        assert name == "tf-rloss-" + short.replace("_", "-")
        body = ast.parse((ROOT / "trainers" / f"{short}.py").read_text()).body
        assert function in [getattr(node, "name", None) for node in body]


@pytest.mark.slow
def test_wheel_works_alone_and_importing_it_is_free(wheel, names, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", USE, str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert Path(seen["file"]).is_relative_to(tmp_path)
    assert len(seen["modules"]) == len([n for n in names if n.suffix == ".py"]) - 2
    assert not seen["library loaded"] and not seen["device started"]
    folder = tmp_path / "tf_rloss" / "ops"
    assert seen["libraries"] == [str(folder / n) for n in (LIBRARY, XLA_LIBRARY)]
    assert seen["has XLA kernels"]
    assert seen["sum"] > 40  # 40 values of one, each with itself and its neighbours


@pytest.mark.slow
def test_wheel_of_the_source_archive_is_the_same(tree, names, tmp_path):
    code = (
        "import sys; from build_tools import backend; backend.build_sdist(sys.argv[1])"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (packed,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path)
    unpacked = tmp_path / packed.name.removesuffix(".tar.gz")
    assert not list(unpacked.rglob("*.so")) and not list(unpacked.rglob("*.o"))
    lend_objects(unpacked)
    again = build(unpacked, tmp_path / "wheel")
    with zipfile.ZipFile(again) as archive:
        assert {Path(name) for name in archive.namelist()} == set(names)
