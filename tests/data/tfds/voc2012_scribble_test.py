"""The builder of `voc2012_scribble` passes TFDS's own test case."""

import pathlib
import tempfile

import pytest
import tensorflow_datasets as tfds

from tests.data.small_voc import write_voc
from tf_rloss.data.tfds.voc2012_scribble import voc2012_scribble_dataset_builder as voc

pytest.importorskip("dill", reason="tfds.testing needs dill, of the extra `test`")

_FILES = tempfile.TemporaryDirectory()


def setup_module():
    write_voc(pathlib.Path(_FILES.name))


def teardown_module():
    _FILES.cleanup()


class BuilderTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = voc.Builder
    EXAMPLE_DIR = _FILES.name
    SPLITS = {"train": 4, "val": 2}  # noqa: RUF012, as TFDS defines it
    # The readers of the package open files by themselves.
    MOCK_OUT_FORBIDDEN_OS_FUNCTIONS = False
