"""Tests of scribbles in NIfTI volumes."""

import sys

import numpy as np
import pytest
from PIL import Image

from tests.data.annotations.exports import HEIGHT, WIDTH, rectangle, run, save
from tf_rloss import data

nibabel = pytest.importorskip("nibabel")

FIRST, SECOND = rectangle(2, 3, 6, 9), rectangle(10, 12, 13, 20)
EXPECTED = np.select([FIRST, SECOND], [1, 2], 255)


def values(first, second, empty=0):
    return np.select([FIRST, SECOND], [first, second], empty)


def volume(tmp_path, name, array, affine=None):
    """Writes a volume of axes x, y, z."""
    affine = np.eye(4) if affine is None else affine
    path = save(tmp_path, name, b"")
    nibabel.save(nibabel.Nifti1Image(array, affine), path)
    return path


def label_volume(empty=0, first=1, second=2):
    array = np.full((WIDTH, HEIGHT, 3), empty, np.uint8)
    array[:, :, 1] = values(first, second, empty).T
    return array


def test_slices_of_a_volume_with_their_photographs(tmp_path):
    volume(tmp_path, "in/b_scribble.nii.gz", label_volume())
    intensities = np.random.default_rng(0).normal(0, 500, (WIDTH, HEIGHT, 3))
    volume(tmp_path, "in/b.nii.gz", intensities.astype(np.int16))
    found = run(tmp_path)
    np.testing.assert_array_equal(found.scribble("b_scribble_001"), EXPECTED)
    assert len([*(found.root / "scribbles").iterdir()]) == 1
    grey = np.array(Image.open(found.root / "images" / "b_scribble_001.png"))
    plane = intensities.astype(np.int16)[:, :, 1].T
    inside = (grey > 0) & (grey < 255)
    assert grey.shape == (HEIGHT, WIDTH)
    assert np.corrcoef(grey[inside], plane[inside])[0, 1] > 0.999  # 8 bits remain
    assert "2 x slices have one value only" in found.summary


def test_unlabelled_255_leaves_0_to_the_background(tmp_path):
    volume(tmp_path, "a.nii", label_volume(255, 0, 1))
    found = run(tmp_path)
    np.testing.assert_array_equal(found.scribble("a_001"), values(0, 1, 255))


def test_small_differences_of_the_affines_pass_and_large_are_reported(tmp_path):
    volume(tmp_path, "a_label.nii", label_volume())
    affine = np.eye(4)
    affine[0, 3] = 1e-4
    image = np.zeros((WIDTH, HEIGHT, 3), np.int16)
    path = volume(tmp_path, "a.nii", image, affine)
    text = run(tmp_path, path="a_label.nii", images=path).summary
    assert "lie apart" not in text
    affine[0, 3] = 40.0
    volume(tmp_path, "a.nii", image, affine)
    text = data.import_annotations(
        tmp_path / "in" / "a_label.nii", tmp_path / "other", images=path
    )
    assert "lie apart" in text


def test_scale_zero_is_no_scale_and_fractions_are_no_labels(tmp_path):
    path = volume(tmp_path, "a.nii", label_volume())
    content = bytearray(path.read_bytes())
    content[112:116] = np.float32(0).tobytes()  # scl_slope
    path.write_bytes(content)
    np.testing.assert_array_equal(run(tmp_path).scribble("a_001"), EXPECTED)
    content[112:116] = np.float32(0.5).tobytes()
    path.write_bytes(content)
    with pytest.raises(data.DataError, match="no whole numbers"):
        data.import_annotations(tmp_path / "in", tmp_path / "other")


def test_another_shape_and_damaged_volumes_are_reported(tmp_path):
    volume(tmp_path, "a_seg.nii", label_volume())
    volume(tmp_path, "a.nii", np.zeros((5, 5, 5), np.int16))
    save(tmp_path, "b.nii.gz", b"\x1f\x8b damaged")
    with pytest.raises(data.DataError, match=r"its image a\.nii") as error:
        run(tmp_path)
    assert "2 x files are left out" in str(error.value)


def test_missing_nibabel_is_said(tmp_path, monkeypatch):
    volume(tmp_path, "a.nii", label_volume())
    monkeypatch.setitem(sys.modules, "nibabel", None)
    with pytest.raises(data.DataError, match=r"pip install .*nifti"):
        run(tmp_path)
