"""Tests of trainers/predict.py with --scribbles."""

import numpy as np
import pytest
from PIL import Image

from tests.trainers.tiny_run import assert_one_line, call, random_image, write_run
from tf_rloss.labels import voc_palette
from tf_rloss.visualization import save_label_png
from trainers import predict

SIZE = (24, 36)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    write_run(folder)
    return folder


@pytest.fixture
def root(tmp_path):
    """A folder with two photographs, one of which has strokes of all classes."""
    root = tmp_path / "data"
    (root / "images").mkdir(parents=True)
    for seed, name in enumerate("ab"):
        image = Image.fromarray(random_image(*SIZE, seed))
        image.save(root / "images" / f"{name}.png")
    save_label_png(strokes(), voc_palette(3), root / "scribbles" / "a.png")
    return root


def strokes():
    labels = np.full(SIZE, 255, np.uint8)
    labels[3], labels[10, :9], labels[20:] = 2, 1, 0
    return labels


def label(run, root, **flags):
    folders = {"saved_model": run, "input_dir": root / "images"}
    return call(predict, **folders, output_dir=root / "out", **flags)


def mask(root, name="a"):
    return np.asarray(Image.open(root / "out" / "masks" / f"{name}.png"))


@pytest.mark.parametrize("crf", [{}, {"crf": "sec", "crf_iterations": 2}])
def test_what_is_drawn_stays_in_the_mask(run, root, crf):
    assert label(run, root, **crf)[0] == 0
    plain, other = mask(root), mask(root, "b")
    result = label(run, root, scribbles=root / "scribbles", **crf)
    assert result[0] == 0, result
    found, drawn = mask(root), strokes() != 255
    np.testing.assert_array_equal(found[drawn], strokes()[drawn])
    assert (plain[drawn] != strokes()[drawn]).any()
    np.testing.assert_array_equal(mask(root, "b"), other)
    changed = (found != plain)[~drawn]
    assert changed.any() == bool(crf)  # The CRF carries strokes on, a network does not.


def test_strokes_stay_where_the_network_sees_a_smaller_photograph(run, root):
    assert label(run, root, scribbles=root / "scribbles", max_side=16)[0] == 0
    drawn = strokes() != 255
    np.testing.assert_array_equal(mask(root)[drawn], strokes()[drawn])


@pytest.mark.parametrize(
    "array, message",
    [
        (
            np.full((9, 9), 1, np.uint8),
            "its scribble is 9 x 9 px, the image 36 x 24 px",
        ),
        (np.full(SIZE, 3, np.uint8), "its scribble has label 3, the network 3 classes"),
    ],
)
def test_scribbles_that_do_not_fit_are_named_and_the_rest_is_labelled(
    run, root, array, message
):
    Image.fromarray(array).save(root / "scribbles" / "b.png")
    result = label(run, root, scribbles=root / "scribbles")
    assert_one_line(result, "1 of 2 files could not be read", f"b.png ({message})")
    assert (root / "out" / "masks" / "a.png").is_file()
    assert not (root / "out" / "masks" / "b.png").exists()


def test_folders_without_a_matching_scribble_are_refused(run, root):
    assert_one_line(label(run, root, scribbles=root / "nowhere"), "--scribbles must be")
    (root / "scribbles" / "a.png").rename(root / "scribbles" / "c.png")
    result = label(run, root, scribbles=root / "scribbles")
    assert_one_line(result, "no PNG file with the name of an image, such as a.png")


def test_scribbles_of_other_classes_are_refused(run, root):
    (root / "classes.txt").write_text("background\ndog\ncat\n")
    result = label(run, root, scribbles=root / "scribbles")
    assert_one_line(result, "background, dog, cat", "background, cat, dog")
