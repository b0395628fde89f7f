"""The rules of imports, and rules that every file of the project keeps."""

import ast
import graphlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "tf_rloss"
TRAINERS = ROOT / "trainers"

# Modules of tf_rloss that every package may import, and that import none of them.
GROUND_FLOOR = {"labels", "files", "checks", "restricted_pickle"}
# Name of a package: the other packages that it may import.
ALLOWED = {
    "ops": set(),
    "losses": {"ops"},
    "layers": {"ops"},
    "models": {"layers", "ops"},
    "data": set(),
    "proposals": {"data"},
    "evaluation": set(),
    "visualization": {"losses", "ops"},  # for the maps of the losses' gradients
    "export": {"models", "layers", "ops"},  # ops: their library, where one is needed
}

# folder of tf_rloss/data: the folders it may import beside itself and the modules that
# lie in tf_rloss/data itself
DATA_FOLDERS = {
    "annotations": {"scribbles"},
    "cues": set(),
    "folders": {"scribbles"},
    "scribbles": set(),
    "synthetic_scenes": {"scribbles"},
    "tfds": {"scribbles"},
}

# the only module that may import pickle
UNPICKLER = PACKAGE / "restricted_pickle.py"


def modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Full names of what a file imports, those inside functions too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parent = "." * node.level + (node.module or "")
            names |= {f"{parent}.{alias.name}" for alias in node.names}
    return names


def imported_packages(path: Path) -> set[str]:
    """Packages of tf_rloss that a file imports: "ops", "labels", ..."""
    parts = [name.split(".") for name in imports(path)]
    return {name[1] for name in parts if name[0] == "tf_rloss" and len(name) > 1}


def imported_data_folders(path: Path) -> set[str]:
    """Folders of tf_rloss/data that a file imports from."""
    parts = [name.split(".") for name in imports(path)]
    found = {name[2] for name in parts if name[:2] == ["tf_rloss", "data"] and name[2:]}
    return found & set(DATA_FOLDERS)


def module_name(path: Path) -> str:
    """The name that a file of the package is imported by."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def project_files(*suffixes: str) -> list[Path]:
    folders = "build_tools custom_ops tf_rloss trainers tests benchmarks docs .ci"
    found = [ROOT / name for name in ("setup.py", "Makefile", "BUILD", "README.md")]
    for folder in folders.split():
        found += sorted((ROOT / folder).rglob("*"))
    return [p for p in found if p.is_file() and (not suffixes or p.suffix in suffixes)]


def test_every_package_has_a_rule():
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders == set(ALLOWED)


@pytest.mark.parametrize("package", ALLOWED)
def test_package_imports_only_what_it_may(package):
    for path in modules(PACKAGE / package):
        allowed = ALLOWED[package] | {package} | GROUND_FLOOR
        assert imported_packages(path) <= allowed, path


def test_the_ground_floor_imports_nothing_of_the_project():
    modules_beside = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    assert modules_beside == GROUND_FLOOR
    for name in GROUND_FLOOR:
        assert not imported_packages(PACKAGE / f"{name}.py"), name


def test_every_folder_of_data_has_a_rule():
    folders = {path.parent.name for path in (PACKAGE / "data").glob("*/__init__.py")}
    assert folders == set(DATA_FOLDERS)


@pytest.mark.parametrize("folder", DATA_FOLDERS)
def test_data_folder_imports_only_what_it_may(folder):
    for path in modules(PACKAGE / "data" / folder):
        assert imported_data_folders(path) <= DATA_FOLDERS[folder] | {folder}, path


def test_modules_beside_the_data_folders_import_none_of_them():
    for path in (PACKAGE / "data").glob("*.py"):
        if path.name != "__init__.py":  # lists the public names of all folders
            assert not imported_data_folders(path), path


def test_data_modules_import_each_other_in_no_circle():
    found = {module_name(path): imports(path) for path in modules(PACKAGE / "data")}
    # An import names a module, or something in one: the longest name that is a module.
    graph = {
        importer: {
            max((m for m in found if f"{name}.".startswith(f"{m}.")), key=len)
            for name in names
            if name.startswith("tf_rloss.data")
        }
        for importer, names in found.items()
    }
    graphlib.TopologicalSorter(graph).prepare()  # raises where there is a circle


def test_nothing_in_the_package_imports_the_trainers():
    for path in modules(PACKAGE):
        for name in imports(path):
            assert name.split(".")[0] != "trainers", path
            assert not name.startswith("tf_rloss_trainers"), path


def test_trainers_import_each_other_relatively():
    # The same files are `trainers` in a checkout and `tf_rloss_trainers` in a wheel.
    for path in modules(TRAINERS):
        for name in imports(path):
            assert name.split(".")[0] != "trainers", path
            assert not name.startswith("tf_rloss_trainers"), path


def test_only_trainers_read_flags():
    for path in modules(PACKAGE):
        flags = {"absl.flags", "absl.app", "argparse"}
        assert not flags & imports(path), path


def test_importing_the_package_needs_no_tensorflow_datasets():
    builder = PACKAGE / "data/tfds/voc2012_scribble"
    builder = builder / "voc2012_scribble_dataset_builder.py"
    for path in modules(PACKAGE):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Import | ast.ImportFrom) and path != builder:
                names = [getattr(node, "module", None) or ""]
                names += [alias.name for alias in node.names]
                assert "tensorflow_datasets" not in " ".join(names), path
                assert "dataset_builder" not in " ".join(names), path


def test_only_one_module_loads_a_library():
    loading = [p for p in modules(PACKAGE) if "load_op_library" in p.read_text()]
    assert loading == [PACKAGE / "ops" / "library.py"]


def test_no_wildcard_imports():
    for path in project_files(".py"):
        assert not [name for name in imports(path) if name.endswith("*")], path


def test_every_package_lists_its_public_names():
    for path in [PACKAGE / "__init__.py", *PACKAGE.glob("*/__init__.py")]:
        assigned = [
            target.id
            for node in ast.parse(path.read_text()).body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        ]
        assert "__all__" in assigned, path


def test_nothing_runs_code_out_of_data():
    for path in [*modules(PACKAGE), *modules(TRAINERS)]:
        names = {
            node.func.id
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert not names & {"eval", "exec"}, path
        if path != UNPICKLER:
            assert not {n.split(".")[0] for n in imports(path)} & {"pickle", "dill"}, (
                path
            )


def test_the_only_unpickler_says_itself_what_it_finds():
    nodes = list(ast.walk(ast.parse(UNPICKLER.read_text())))
    used = [node for node in nodes if ast.unparse(node).startswith("pickle.")]
    used = {ast.unparse(node).split(".")[1] for node in used}
    assert used == {"_Unpickler"}
    (unpickler,) = (
        node
        for node in nodes
        if isinstance(node, ast.ClassDef)
        and "pickle._Unpickler" in map(ast.unparse, node.bases)
    )
    assert "find_class" in [getattr(node, "name", None) for node in unpickler.body]


def test_every_source_file_is_shorter_than_300_lines():
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in project_files(
            ".py", ".cc", ".h", ".sh", ".bzl", ".js", ".css", ".html"
        )
    }
    assert not {name: lines for name, lines in lengths.items() if lines >= 300}


def test_no_file_names_a_machine():
    folder = re.compile(r"(?<![\w.$}])/(?:work|root|home|Users)/\w")
    for path in project_files(".py", ".cc", ".h", ".sh", ".bzl", ".md", ""):
        found = folder.search(path.read_text())
        assert found is None, f"{path}: {found}"
