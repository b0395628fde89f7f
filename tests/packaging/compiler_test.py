"""Objects are compiled when, and only when, something they depend on changed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import tensorflow as tf

from build_tools import compiler, find_tensorflow, sources, toolchain

FLAGS = ["-I.", "-std=c++17"]
SOURCE = Path("code/answer.cc")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with one source and its header, both an hour old."""
    monkeypatch.setattr(compiler, "ROOT", tmp_path)
    (tmp_path / "code").mkdir()
    (tmp_path / "code/answer.h").write_text("constexpr int kAnswer = 42;\n")
    text = '#include "code/answer.h"\nint Answer() { return kAnswer; }\n'
    (tmp_path / SOURCE).write_text(text)
    for path in (tmp_path / "code").iterdir():
        an_hour_ago = path.stat().st_mtime - 3600
        os.utime(path, (an_hour_ago, an_hour_ago))
    return tmp_path


def compiled(capfd) -> bool:
    return "compiling" in capfd.readouterr().out


def test_unchanged_source_is_not_compiled_again(project, capfd):
    first = compiler.compile_object(SOURCE, FLAGS)
    assert compiled(capfd) and (project / first).exists()
    assert compiler.compile_object(SOURCE, FLAGS) == first
    assert not compiled(capfd)


def test_changed_header_compiles_again(project, capfd):
    compiler.compile_object(SOURCE, FLAGS)
    (project / "code/answer.h").write_text("constexpr int kAnswer = 43;\n")
    capfd.readouterr()
    compiler.compile_object(SOURCE, FLAGS)
    assert compiled(capfd)


@pytest.mark.parametrize("change", [{"flags": ["-O1", *FLAGS]}, {"salt": "tf 2.99"}])
def test_other_flags_or_versions_make_another_object(project, change):
    arguments = {"flags": FLAGS, "salt": "tf 2.98"}
    first = compiler.compile_object(SOURCE, **arguments)
    assert compiler.compile_object(SOURCE, **(arguments | change)) != first


def test_sources_of_one_object_are_compiled_again_when_any_changed(project, capfd):
    other = Path("code/question.cc")
    (project / other).write_text("static int Question() { return 6 * 9; }\n")
    together = {"flags": FLAGS, "together_with": [other]}
    (project / SOURCE).write_text("int Answer() { return Question(); }\n")
    first = compiler.compile_object(SOURCE, **together)
    assert compiled(capfd) and compiler.compile_object(SOURCE, **together) == first
    assert not compiled(capfd)
    (project / other).write_text("static int Question() { return 42; }\n")
    compiler.compile_object(SOURCE, **together)
    assert compiled(capfd)


def test_a_library_is_linked_again_when_anything_changed(project):
    made = compiler.compile_object(SOURCE, [*FLAGS, "-fPIC"])
    target = Path("libanswer.so")

    def linked(*flags):
        before = (project / target).stat().st_ino if (project / target).exists() else 0
        compiler.link([made], ["-shared", *flags], target)
        return (project / target).stat().st_ino != before

    assert linked() and not linked()
    os.utime(project / made)
    assert linked() and not linked()
    assert linked("-Wl,-O1") and linked()
    (project / target).unlink()
    assert linked()


def test_failed_compilation_shows_command_and_message(project):
    (project / SOURCE).write_text("int Answer() { return nothing; }\n")
    with pytest.raises(SystemExit, match=r"(?s)-std=c\+\+17.*nothing"):
        compiler.compile_object(SOURCE, FLAGS)
    assert not list(project.glob("build/**/*.o"))


def test_flags_are_those_that_tensorflow_states():
    stated = {f for f in tf.sysconfig.get_compile_flags() if not f.startswith("-I")}
    ours = {flag.replace("-std", "--std") for flag in sources.tensorflow_flags()}
    assert stated <= ours


def test_found_folders_are_those_that_tensorflow_states():
    found = find_tensorflow.find_for_build()
    assert str(found.include) == tf.sysconfig.get_include()
    assert str(found.folder) == tf.sysconfig.get_lib()
    assert found.version == tf.__version__
    assert f"-l:{find_tensorflow.FRAMEWORK}" in tf.sysconfig.get_link_flags()


def test_kernels_of_newer_processors_share_no_function():
    # The linker keeps one copy of a function that several objects define weakly. If
    # it kept the copy of a kernel file, older processors would meet instructions
    # they do not have.
    if not toolchain.compiles_for_x86():
        assert not set(sources.X86_KERNELS) & {
            path.name for path in sources.lattice_sources()
        }
        return
    for name in sources.X86_KERNELS:
        path = sources.LATTICE / name
        made = compiler.compile_object(path, sources.lattice_flags(path))
        command = [shutil.which("nm"), "-C", str(compiler.ROOT / made)]
        listed = subprocess.run(command, capture_output=True, text=True, check=True)
        weak = [line for line in listed.stdout.splitlines() if line[17:18] in "WVuwv"]
        assert not weak, weak
