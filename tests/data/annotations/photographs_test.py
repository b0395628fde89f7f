"""Tests of names: the photographs that they find, and the files that they give."""

import numpy as np
import pytest
from PIL import Image

from tests.data.annotations.drawings import drawing, shape
from tests.data.annotations.exports import HEIGHT, WIDTH, photo, run, save
from tf_rloss import data


def test_same_names_in_several_folders_are_told_apart(tmp_path):
    for folder in ("x", "y"):
        drawing(tmp_path, f"{folder}/a", shape([[5, 5]], "point"))
    images = [
        {"id": n, "file_name": f"{f}/a.png", "width": WIDTH, "height": HEIGHT}
        for n, f in enumerate("xy")
    ]
    annotations = [
        {"image_id": n, "category_id": 1, "keypoints": [5, 5 + 4 * n, 2]}
        for n in range(2)
    ]
    content = {"images": images, "annotations": annotations, "categories": []}
    path = save(tmp_path, "coco/coco.json", content)
    found = run(tmp_path, path="coco/coco.json", images=tmp_path / "in")
    assert path.exists() and sorted(found.points) == ["x_a", "y_a"]
    assert found.points["y_a"][0]["y"] == 8.5
    assert "x/a.png is x_a" in found.summary
    for folder in "xy":
        copied = (found.root / "images" / f"{folder}_a.png").read_bytes()
        assert copied == (tmp_path / "in" / folder / "a.png").read_bytes()


@pytest.mark.parametrize(
    "name",
    ["../../escape.png", "/escape.png", "..\\..\\escape.png", "..", "", "a:\0.png"],
)
def test_names_lead_nowhere_outside(tmp_path, name):
    photo(tmp_path, "../escape.png")  # beside the folder of the export
    entry = {"id": 1, "file_name": name, "width": WIDTH, "height": HEIGHT}
    point = {"image_id": 1, "category_id": 1, "keypoints": [5, 5, 2]}
    save(tmp_path, "a.json", {"images": [entry], "annotations": [point]})
    before = set(tmp_path.rglob("*"))
    found = run(tmp_path)
    new = set(tmp_path.rglob("*")) - before
    assert all(found.root in path.parents or path == found.root for path in new)
    assert "no photograph" in found.summary
    assert len([*(found.root / "scribbles").iterdir()]) == 1


def test_links_out_of_the_folder_are_not_followed(tmp_path):
    secret = photo(tmp_path, "../secret.png")
    drawing(tmp_path, "a", shape([[5, 5]], "point"), photo_too=False)
    (tmp_path / "in" / "a.png").symlink_to(secret)
    assert "no photograph" in run(tmp_path).summary


def test_photographs_of_other_kinds_become_png(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3))
    for suffix in ("bmp", "tif", "webp"):
        drawing(
            tmp_path, suffix, shape([[5, 5]], "point"), photo_too=False, suffix=suffix
        )
        save(tmp_path, f"{suffix}.{suffix}", pixels.astype(np.uint8))
    deep = (pixels[..., 0] * 150 + 1000).astype(np.uint16)
    drawing(tmp_path, "deep", shape([[5, 5]], "point"), photo_too=False)
    save(tmp_path, "deep.png", deep)
    found = run(tmp_path)
    source = data.folder(found.root)
    np.testing.assert_array_equal(source.read("bmp").image, pixels)
    grey = source.read("deep").image[..., 0]
    order = np.argsort(pixels[..., 0].ravel())
    assert (np.diff(grey.ravel()[order].astype(int)) >= 0).all() and grey.max() == 255
    assert "3 x photographs were converted" in found.summary
    assert "1 x photographs have more than 8 bits" in found.summary


def test_a_damaged_photograph_is_as_good_as_none(tmp_path):
    drawing(tmp_path, "a", shape([[5, 5]], "point"), photo_too=False)
    save(tmp_path, "a.png", b"\x89PNG damaged")
    found = run(tmp_path)
    assert "1 x photographs cannot be read" in found.summary
    assert "no photograph" in found.summary


def test_a_photograph_that_is_turned_otherwise_is_refused(tmp_path):
    drawing(tmp_path, "a", shape([[5, 5]], "point"), size=(HEIGHT, WIDTH))
    picture, exif = Image.new("RGB", (WIDTH, HEIGHT)), Image.Exif()
    exif[0x0112] = 6
    picture.save(tmp_path / "in" / "a.png", exif=exif)
    with pytest.raises(data.DataError, match=r"20 x 30 px, in the file 30 x 20 px"):
        run(tmp_path)


def test_two_files_of_a_photographs_name_are_not_guessed(tmp_path):
    drawing(tmp_path, "labels/a", shape([[5, 5]], "point"), photo_too=False)
    for folder in ("x", "y"):
        photo(tmp_path, f"{folder}/a.png")
    found = run(tmp_path)
    assert "several files have that name" in found.summary
    assert "no photograph" in found.summary


def test_one_photograph_cannot_be_that_of_two_images(tmp_path):
    for name in ("a", "b"):
        drawing(tmp_path, name, shape([[5, 5]], "point"))
    with pytest.raises(data.DataError, match=r"one photograph, and .* has 2 images"):
        run(tmp_path, images=tmp_path / "in" / "a.png")


def test_names_with_odd_characters(tmp_path):
    name = "äöü 日本 #1 100%"
    drawing(tmp_path, name, shape([[5, 5]], "point", "名前 1 2 3\n\t"))
    found = run(tmp_path)
    source = data.folder(found.root)
    assert source.ids == (name,)
    assert source.class_names == ("background", "名前 1 2 3")
