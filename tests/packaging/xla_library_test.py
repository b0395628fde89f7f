"""Whatever keeps XLA kernels from being built, the ops are, and one line says it."""

from pathlib import Path

import pytest

from build_tools import compiler, find_tensorflow, library, xla_library

MINOR = find_tensorflow.find_for_build().minor_version


@pytest.fixture
def tensorflow(tmp_path):
    """Something that looks like a TensorFlow with all of XLA."""
    folder = tmp_path / "site" / "tensorflow"
    for name in xla_library.HEADERS:
        (folder / "include" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "include" / name).touch()
    (folder / xla_library.COMPILER).touch()
    return find_tensorflow.TensorFlow("tensorflow", "2.21.0", folder)


def test_the_tensorflow_of_the_tests_has_all_that_is_needed():
    assert not xla_library.obstacle(find_tensorflow.find_for_build())


@pytest.mark.parametrize(
    "name", [xla_library.COMPILER, *(f"include/{n}" for n in xla_library.HEADERS)]
)
def test_what_is_missing_is_named(name, tensorflow):
    assert not xla_library.obstacle(tensorflow)
    (tensorflow.folder / name).unlink()
    assert xla_library.obstacle(tensorflow).endswith(
        f"has no {tensorflow.folder}/{name}"
    )


def test_it_can_be_left_out(tensorflow, monkeypatch, capsys):
    monkeypatch.setenv("RLOSS_XLA", "0")
    assert xla_library.calls(tensorflow) == []
    (line,) = capsys.readouterr().out.splitlines()
    assert "`jit_compile=True` will not work: RLOSS_XLA=0 is set" in line


def failing(what):
    def fail(*arguments, **options):
        raise SystemExit(f"This failed:\ng++ -c\nnote\nx.cc:1: error: {what}\nmore")

    return fail


def test_failed_compilation_is_one_line(tensorflow, monkeypatch, capsys):
    monkeypatch.setattr(compiler, "compile_object", failing("no XLA here"))
    (call,) = xla_library.calls(tensorflow)
    assert call() is None
    (line,) = capsys.readouterr().out.splitlines()
    assert "will not work: x.cc:1: error: no XLA here" in line


@pytest.fixture
def folder(tmp_path):
    """Where a build goes that finds the libraries of an earlier one."""
    (tmp_path / f"librloss_xla-tf{MINOR}.so").write_text("of an earlier build")
    return tmp_path


def build_with(monkeypatch, folder, made, link):
    """Runs the build with stand-ins for the compiler and the linker."""
    monkeypatch.setattr(compiler, "in_parallel", lambda calls: [made] * len(calls))
    monkeypatch.setattr(compiler, "link", link)
    return library.build(folder)


def write(objects, flags, target, libraries=()):
    target.write_text("of this build")


def refuse_xla(objects, flags, target, libraries=()):
    if "_xla" in target.name:
        failing("undefined symbol")()
    write(objects, flags, target)


@pytest.mark.parametrize("link, with_xla", [(write, True), (refuse_xla, False)])
def test_ops_are_linked_whether_xla_kernels_are_or_not(
    link, with_xla, folder, monkeypatch
):
    built = build_with(monkeypatch, folder, Path("x.o"), link)
    names = [f"librloss_ops-tf{MINOR}.so", f"librloss_xla-tf{MINOR}.so"][: 1 + with_xla]
    assert [path.name for path in built] == names
    # An old library of XLA kernels would not fit the new one of the ops.
    assert sorted(path.name for path in folder.glob("*.so")) == names
    assert all(path.read_text() == "of this build" for path in built)


def test_ops_are_linked_when_xla_kernels_do_not_compile(folder, monkeypatch):
    monkeypatch.setattr(xla_library, "calls", lambda *_: [lambda: None])
    built = build_with(monkeypatch, folder, None, write)
    assert [path.name for path in built] == [f"librloss_ops-tf{MINOR}.so"]
    assert not (folder / f"librloss_xla-tf{MINOR}.so").exists()
