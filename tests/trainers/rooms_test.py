"""Who may import whom among the rooms of trainers/."""

import ast
import functools
import graphlib
from pathlib import Path

import pytest

TRAINERS = Path(__file__).resolve().parents[2] / "trainers"
STARTS = "start_tensorflow"
GROUND = {"crf_options", "defaults", "errors", "options"}

# room: the rooms that it may import; all of them may import the ground floor.
ALLOWED = {
    "engine": set(),
    "datasets": set(),
    "trained": {"engine", "datasets"},
    "annotation_page": {"engine", "datasets", "trained"},
    "methods": {"engine", "datasets", "trained"},
    "command_line": {"engine", "datasets", "methods", "trained"},
    "paper": {"engine", "datasets", "methods", "trained"},
}


@functools.cache
def modules() -> dict[str, Path]:
    """Files of trainers/ by their dotted names, such as "engine.run"."""
    found = {}
    for path in sorted(TRAINERS.rglob("*.py")):
        parts = path.relative_to(TRAINERS).with_suffix("").parts
        found[".".join(parts)] = path
    return found


def imported(name: str, path: Path, *, inside: bool = True) -> set[str]:
    """Dotted names of the modules of trainers/ that a file imports."""
    tree = ast.parse(path.read_text())
    nodes = ast.walk(tree) if inside else tree.body
    package = name.split(".")[:-1]
    known, found = modules(), set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            base += (node.module or "").split(".") if node.module else []
            for alias in node.names:
                for parts in ([*base, alias.name], base):
                    if ".".join(parts) in known:
                        found.add(".".join(parts))
                        break
    return found


def room(name: str) -> str:
    return name.split(".")[0] if "." in name else ""


def programs() -> list[str]:
    return [name for name in modules() if "." not in name and name not in GROUND]


@pytest.mark.parametrize("name", ALLOWED)
def test_a_room_imports_only_the_rooms_below_it(name):
    for module, path in modules().items():
        if room(module) == name:
            rooms = {room(other) for other in imported(module, path)} - {""}
            assert rooms <= ALLOWED[name] | {name}, module


def test_the_ground_floor_imports_no_room_and_rooms_import_no_program():
    for module, path in modules().items():
        others = {other for other in imported(module, path) if "." not in other}
        if module in GROUND:
            assert imported(module, path) <= GROUND, module
        assert others <= GROUND | {"__init__"}, module


def test_every_room_has_a_rule():
    folders = {path.parent.name for path in TRAINERS.glob("*/__init__.py")}
    assert folders == set(ALLOWED)


def test_modules_import_each_other_in_no_circle():
    graph = {name: imported(name, path) for name, path in modules().items()}
    list(graphlib.TopologicalSorter(graph).static_order())  # raises CycleError


def test_only_the_command_line_knows_absl():
    for module, path in modules().items():
        if room(module) != "command_line":
            assert "absl" not in path.read_text(), module


def test_only_main_of_a_program_imports_late():
    for module, path in modules().items():
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            late = [
                node
                for node in ast.walk(function)
                if isinstance(node, ast.ImportFrom | ast.Import)
            ]
            is_main = module in programs() and function.name == "main"
            # TensorFlow is imported where its noise is held back.
            starts = (module, function.name) == ("command_line.notices", STARTS)
            allowed = 1 if is_main or starts else 0
            assert len(late) <= allowed, (module, function.name)


def test_no_module_only_passes_names_on():
    for module, path in modules().items():
        body = ast.parse(path.read_text()).body
        own = [n for n in body if not isinstance(n, ast.ImportFrom | ast.Import)]
        assert path.name == "__init__.py" or len(own) > 1, module
