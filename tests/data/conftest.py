"""A folder of images with label maps, for the tests of readers and checks."""

import pytest

from tests.data.small_folder import write_folder


@pytest.fixture
def root(tmp_path):
    """Three sound examples, a to c; nothing else lies beside the folder."""
    write_folder(tmp_path / "data" / "train")
    return tmp_path / "data" / "train"
