"""SEC's files of cues are read, and their mistakes are named."""

import pickle

import numpy as np
import pytest

from tf_rloss.data import DataError, read_sec_cues
from tf_rloss.data.cues.sec_cues import read_image_numbers

CUES = np.array([[0, 0, 2], [0, 1, 3], [0, 40, 4]])


def write(path, **changes):
    """Writes cues of images 3 and 10; `changes` replace or, by None, remove some."""
    content = {"3_labels": np.array([15, 2]), "3_cues": CUES}
    content |= {"10_labels": np.array([1]), "10_cues": np.zeros((3, 0), np.int64)}
    content |= {name.lstrip("_"): value for name, value in changes.items()}
    content = {key: value for key, value in content.items() if value is not None}
    path.write_bytes(pickle.dumps(content, 2))
    return path


def test_cues_lie_at_their_row_and_column(tmp_path):
    found = read_sec_cues(write(tmp_path / "cues.pickle"))
    assert list(found) == [3, 10]
    labels, cues = found[3]
    assert labels.tolist() == [2, 15] and labels.dtype == np.uint8
    assert cues.shape == (41, 41) and cues.dtype == np.uint8
    assert (cues[0, 0], cues[1, 40], cues[3, 4]) == (0, 0, 2)
    assert (cues != 255).sum() == 3
    assert (found[10].cues == 255).all()


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"_3_cues": None}, "Incomplete: 3"),
        ({"_4_labels": np.array([1])}, "Incomplete: 4"),
        ({"other": np.array([1])}, "Received: 'other'"),
        ({"9" * 5000 + "_cues": CUES}, "Received: '999"),
        ({"_3_labels": np.array([0, 1])}, "image 3 has labels outside 1 to 20"),
        ({"_3_labels": np.array([21])}, "image 3 has labels outside 1 to 20"),
        ({"_3_labels": np.array([0.5])}, "image 3 must have a list of whole numbers"),
        ({"_3_labels": np.array([[2]])}, "image 3 must have a list of whole numbers"),
        ({"_3_cues": CUES.T[:2]}, r"image 3 must have an integer array \(3, n\)"),
        ({"_3_cues": CUES + 0.5}, r"image 3 must have an integer array \(3, n\)"),
        ({"_3_cues": -CUES}, "image 3 has cues of classes outside 0 to 20"),
        (
            {"_3_cues": CUES + np.array([[20], [0], [0]])},
            "cues of classes outside 0 to 20",
        ),
        ({"_3_cues": CUES + np.array([[0], [1], [1]])}, "outside the grid of 41 x 41"),
        ({"_3_cues": np.array([[1, 2], [5, 5], [6, 6]])}, "two classes in one place"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path, changes, message):
    with pytest.raises(DataError, match=message):
        read_sec_cues(write(tmp_path / "cues.pickle", **changes))


def test_a_file_without_images_is_refused(tmp_path):
    (tmp_path / "a").write_bytes(pickle.dumps({}, 2))
    with pytest.raises(DataError, match="the file is empty"):
        read_sec_cues(tmp_path / "a")


@pytest.mark.parametrize(
    "text",
    ["/2007_000032.jpg 0\nx/2007_000039.jpg 1\n", "2007_000032.jpg\n2007_000039\n\n"],
)
def test_images_are_numbered_by_their_list(tmp_path, text):
    (tmp_path / "list.txt").write_text(text)
    expected = {0: "2007_000032", 1: "2007_000039"}
    assert read_image_numbers(tmp_path / "list.txt") == expected


@pytest.mark.parametrize(
    "text, message",
    [
        ("a.jpg 0\nb.jpg 0", "number 0 twice"),
        ("a.jpg 0\na.jpg 1", "an image twice"),
        ("a.jpg zero", "must be `file number`"),
        ("a.jpg 0 1", "must be `file number`"),
        ("a.jpg " + "1" * 5000, "must be `file number`"),
    ],
)
def test_a_wrong_list_is_named(tmp_path, text, message):
    (tmp_path / "list.txt").write_text(text)
    with pytest.raises(DataError, match=message):
        read_image_numbers(tmp_path / "list.txt")
