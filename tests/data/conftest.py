"""The folder that the tests of readers and checks share."""

import pytest

from tests.data.small_folder import write_folder


@pytest.fixture
def root(tmp_path):
    """A folder with three examples, a to c, and nothing beside it."""
    write_folder(tmp_path / "data" / "train")
    return tmp_path / "data" / "train"
