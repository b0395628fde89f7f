"""The example of volumes: its volumes and files are right, and it runs."""

import importlib.util
import pathlib

import nibabel
import numpy as np
import pytest
from PIL import Image

FILE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "volumes.py"


@pytest.fixture
def example(monkeypatch):
    """The module, with small volumes."""
    specification = importlib.util.spec_from_file_location("volumes_example", FILE)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    monkeypatch.setattr(module, "SHAPE", (16, 32, 32))
    return module


def test_volumes_hold_all_classes_and_strokes_on_some_slices(example):
    values, labels = example.make_volume(0)
    assert values.shape == (16, 32, 32, 1) and values.dtype == np.float32
    assert set(np.unique(labels)) == {0, 1, 2}
    again, _ = example.make_volume(0)
    np.testing.assert_array_equal(values, again)
    drawn = example.scribble(labels, 0)
    scribbled = np.flatnonzero((drawn != 255).any(axis=(1, 2)))
    np.testing.assert_array_equal(scribbled, example.SCRIBBLED)
    known = drawn != 255
    np.testing.assert_array_equal(drawn[known], labels[known])
    assert 0.001 < known.mean() < 0.05


def test_nifti_files_have_x_first_and_the_spacing(example, tmp_path):
    values, _ = example.make_volume(1)
    path = tmp_path / "a.nii.gz"
    example.save_nifti(path, values[..., 0])
    image = nibabel.load(path)
    assert image.shape == (32, 32, 16)
    assert np.asarray(image.dataobj)[5, 6, 7] == values[7, 6, 5, 0]
    read, spacing = example.load_nifti(path)
    np.testing.assert_array_equal(read, values)
    assert spacing == example.SPACING


@pytest.mark.slow
def test_the_example_runs(example, tmp_path):
    scores = example.main(
        ["--volumes=2", "--phase1_epochs=1", "--phase2_epochs=1", f"--output_dir={tmp_path / 'out'}"]
    )
    assert set(scores) == {"scribbles alone", "with kernel cut"}
    assert all(0 < score < 1 for score in scores.values())
    labels = nibabel.load(tmp_path / "out" / "labels.nii.gz")
    assert labels.shape == (32, 32, 16)
    assert set(np.unique(labels.dataobj)) <= {0, 1, 2}
    picture = np.asarray(Image.open(tmp_path / "out" / "volumes.png"))
    assert picture.std() > 10
