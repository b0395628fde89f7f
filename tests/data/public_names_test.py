"""Public names of the package are its functions and classes, never its modules."""

import importlib
import pkgutil
import types

import pytest

from tf_rloss import data


def module_names():
    return [m.name for m in pkgutil.walk_packages(data.__path__, "tf_rloss.data.")]


def test_no_folder_has_the_name_of_a_function():
    # If a folder were called `folder`, the function `data.folder` would hide it, and
    # `import tf_rloss.data.folder.checks as checks` would fail.
    folders = {m.name for m in pkgutil.iter_modules(data.__path__) if m.ispkg}
    assert folders and not folders & set(data.__all__)


@pytest.mark.parametrize("name", data.__all__)
def test_public_names_stay_when_every_module_is_imported(name):
    for module in module_names():
        importlib.import_module(module)
    assert not isinstance(getattr(data, name), types.ModuleType)
