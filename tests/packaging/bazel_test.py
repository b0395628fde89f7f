"""The Bazel files say the same as setup.py's; running Bazel itself is in the docs."""

import ast
from pathlib import Path

from build_tools import sources, toolchain

ROOT = Path(__file__).resolve().parents[2]


def assigned(path: Path, name: str) -> ast.expr:
    """What a file assigns to `name`; Bazel's language is a part of Python's."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == name:
            return node.value
    raise AssertionError(f"{path} assigns no {name}")


def strings(node: ast.AST) -> list[str]:
    return [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)]


def test_bazel_compiles_with_the_same_flags():
    build = ROOT / "custom_ops" / "BUILD"
    common = strings(assigned(build, "COPTS"))
    assert common == sources.COMMON_FLAGS
    kernels = ast.literal_eval(assigned(build, "X86_KERNELS"))
    assert {f"{name}.cc": flags for name, flags in kernels.items()} == (
        sources.X86_KERNELS
    )
    tensorflow = common + strings(assigned(build, "TENSORFLOW_COPTS"))
    assert tensorflow == sources.tensorflow_flags()
    gpu = common + strings(assigned(build, "GPU_COPTS"))
    assert gpu == sources.gpu_flags()
    if toolchain.compiles_for_x86():
        lattice = strings(assigned(build, "LATTICE_COPTS"))
        plain = sources.lattice_flags(sources.LATTICE / "filter.cc")
        assert set(plain) <= {*common, *lattice}


def test_bazel_runs_the_trainers_that_have_commands():
    shared = ast.literal_eval(assigned(ROOT / "BUILD", "SHARED"))
    assert shared == ast.literal_eval(assigned(ROOT / "setup.py", "SHARED"))
    for path in (ROOT / "trainers").glob("*.py"):
        is_program = "def run() -> None:" in path.read_text()
        assert is_program == (path.stem not in shared), path
