"""Every public function, and every public method of a public class, has type hints."""

import importlib.resources
import inspect
import types

import pytest

import tf_rloss

# Packages without all their hints.
PACKAGES = [
    name for name in tf_rloss.__all__ if hasattr(getattr(tf_rloss, name), "__path__")
]
MODULES = ["checks", "files", "labels"]


def functions(owner: object, name: str) -> list[tuple[str, types.FunctionType]]:
    """The functions that a public name stands for: itself, or those of a class."""
    value = getattr(owner, name)
    if inspect.isfunction(value):
        return [(name, value)]
    if not isinstance(value, type):
        return []
    found = []
    for key, member in vars(value).items():
        if isinstance(member, property):
            member = member.fget
        elif isinstance(member, (classmethod, staticmethod)):
            member = member.__func__
        # Functions that named tuples make are of another module.
        own = inspect.isfunction(member) and member.__module__ == value.__module__
        if own and (key == "__init__" or not key.startswith("_")):
            found.append((f"{name}.{key}", member))
    return found


def missing(function: types.FunctionType) -> list[str]:
    """The parameters without a hint, and "return"."""
    signature = inspect.signature(function)
    names = [
        name
        for name, parameter in signature.parameters.items()
        if parameter.annotation is parameter.empty and name not in ("self", "cls")
    ]
    if signature.return_annotation is signature.empty:
        names.append("return")
    return names


@pytest.mark.parametrize("package", [*PACKAGES, *MODULES])
def test_everything_public_has_type_hints(package):
    module = importlib.import_module(f"tf_rloss.{package}")
    own = [
        n
        for n, v in vars(module).items()
        if getattr(v, "__module__", "") == module.__name__
    ]
    names = getattr(module, "__all__", own)
    found = [pair for name in names for pair in functions(module, name)]
    assert found
    assert not {name: gaps for name, function in found if (gaps := missing(function))}


def test_the_package_says_that_it_has_type_hints():
    assert (importlib.resources.files(tf_rloss) / "py.typed").read_text() == ""
