"""Tests of trainers/gradient_maps.py."""

import numpy as np
import pytest
from PIL import Image

from tests.trainers.tiny_run import assert_one_line, call, random_image, write_run
from tests.trainers.two_strokes import write_scribble
from tf_rloss.visualization import save_label_png
from trainers import gradient_maps


@pytest.fixture
def photo(tmp_path, photograph):
    """A photograph of 60 x 90 pixels and its path."""
    image = photograph("astronaut", 60, 90).astype(np.uint8)
    path = tmp_path / "photo.png"
    Image.fromarray(image).save(path)
    return path


def _colours(path):
    """Returns the shares of red and of yellow pixels of a figure."""
    red, green, blue = np.moveaxis(np.asarray(Image.open(path)).astype(int), -1, 0)
    bright = (red > 150) & (blue < 20)
    return (bright & (green < 20)).mean(), (bright & (green > 150)).mean()


def test_any_photograph_gets_a_figure(photo, tmp_path):
    output = tmp_path / "figure.png"
    result = call(gradient_maps, image=photo, output=output)
    assert result[0] == 0, result
    # Two rows of five pictures of 180 x 120 pixels (enlarged twice), with gaps of 4,
    # margins of 10, row titles of 21 and column titles of 25.
    size = (5 * 180 + 4 * 4 + 20, 2 * (21 + 120 + 4) + 25 + 20)
    assert Image.open(output).size == size
    red, yellow = _colours(output)
    assert red > 0.01 and yellow > 0.01


def test_scribbled_classes_become_rows(photo, tmp_path):
    output = tmp_path / "figure.png"
    scribble, _ = write_scribble(tmp_path)
    height = {}
    for rows in (1, 2, 5):
        flags = {"image": photo, "scribble": scribble, "output": output}
        result = call(gradient_maps, max_classes=rows, **flags)
        assert result[0] == 0, result
        height[rows] = Image.open(output).height
    assert height[2] > height[1]
    # Ids 0, 1 and 3 are not scribbled and get no row.
    assert height[5] == height[2]


def test_network_is_where_the_segmentation_comes_from(photo, tmp_path):
    write_run(tmp_path / "run")
    output = tmp_path / "figure.png"
    result = call(
        gradient_maps,
        image=photo,
        checkpoint=tmp_path / "run",
        scribble=write_scribble(tmp_path)[0],
        max_side=45,
        output=output,
    )
    assert result[0] == 0, result
    assert Image.open(output).height > 3 * 100


def test_scribble_of_one_class_is_refused(photo, tmp_path):
    path = tmp_path / "one.png"
    save_label_png(np.zeros((60, 90), np.uint8), np.zeros((1, 3), np.uint8), path)
    result = call(gradient_maps, image=photo, scribble=path)
    assert_one_line(result, "at least two classes")


@pytest.mark.parametrize(
    "flags, message",
    [
        ({}, "--image"),
        ({"image": "nowhere.png"}, "No such file"),
        ({"image": "{text}"}, "not an image"),
        ({"image": "{photo}", "scribble": "{other}"}, "60 x 90"),
        ({"image": "{photo}", "scribble": "{photo}"}, "class ids"),
        ({"image": "{photo}", "scribble": "{text}"}, "not an image"),
        ({"image": "{photo}", "scribble": "nowhere.png"}, "nowhere.png"),
        ({"image": "{photo}", "checkpoint": "nowhere"}, "Not found: nowhere"),
        ({"image": "{photo}", "output": "figure.txt"}, ".png or .jpg"),
        ({"image": "{photo}", "sigma_color": "-1"}, "sigma_color"),
    ],
)
def test_wrong_command_gets_one_line(photo, tmp_path, flags, message):
    text = tmp_path / "text.txt"
    text.write_text("hello")
    other = write_scribble(tmp_path, (50, 90))[0]
    flags = {k: v.format(photo=photo, text=text, other=other) for k, v in flags.items()}
    assert_one_line(call(gradient_maps, **flags), message)


def test_photograph_of_another_kind_is_converted(tmp_path):
    path = tmp_path / "grey.jpg"
    Image.fromarray(random_image(40, 40)[..., 0]).save(path)
    output = tmp_path / "figure.jpg"
    assert call(gradient_maps, image=path, output=output)[0] == 0
    assert output.exists()
