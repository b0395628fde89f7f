"""Damaged and hostile files: each is one error or one note, at bounded cost."""

import io

import pytest
from PIL import Image

from tests.data.annotations.drawings import drawing, shape
from tests.data.annotations.exports import (
    in_base64,
    run,
    save,
)
from tf_rloss import data


def deep_json():
    return '{"shapes": ' + "[" * 200_000 + "]" * 200_000 + "}"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        "null",
        "3",
        '"text"',
        deep_json(),
        '{"shapes": "abc", "imagePath": 3, "imageHeight": "x", "imageWidth": []}',
        '{"shapes": [{"points": 3}, 4, null, {"label": {}, "points": [[1]]}]}',
        '{"shapes": [], "imageHeight": 1e9, "imageWidth": 1e9}',
        '{"shapes": [], "imageHeight": -1, "imageWidth": 1e400}',
        b"\xff\xfe\x00",
    ],
    ids=range(13),
)
@pytest.mark.parametrize("kind", [None, "labelme", "coco", "label_studio", "via"])
def test_hostile_json_is_one_error(tmp_path, content, kind):
    save(tmp_path, "a.json", content)
    with pytest.raises(data.DataError):
        run(tmp_path, format=kind)
    assert not (tmp_path / "out").exists()


LAUGHS = """<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]>
<annotations><image name="&c;" width="3" height="3"/></annotations>"""


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<annotations>",
        "<a/>",
        LAUGHS,
        "<annotations><image/></annotations>",
        "<annotations><image width='-3' height='nan'><box/></image></annotations>",
        "<x>" * 50_000,
    ],
    ids=range(7),
)
@pytest.mark.parametrize("kind", [None, "cvat", "labelme"])
def test_hostile_xml_is_one_error(tmp_path, content, kind):
    save(tmp_path, "a.xml", content)
    with pytest.raises(data.DataError):
        run(tmp_path, format=kind)


def test_pictures_that_unpack_to_gigabytes_are_refused(tmp_path):
    # Ten thousand times as many pixels as bytes.
    picture = Image.new("1", (20_000, 20_000))
    file = io.BytesIO()
    picture.save(file, "PNG")
    points = [[1.5, 1.5], [5, 5]]
    mask = shape(points, "mask") | {"mask": in_base64(file.getvalue())}
    drawing(tmp_path, "a", mask, shape([[5, 5]], "point"))
    found = run(tmp_path)
    assert "has a picture that cannot be read" in found.summary


def test_other_kinds_of_pictures_are_not_opened(tmp_path):
    file = io.BytesIO()
    Image.new("L", (9, 9)).save(file, "GIF")
    mask = shape([[1.5, 1.5], [5, 5]], "mask") | {"mask": in_base64(file.getvalue())}
    drawing(tmp_path, "a", mask, shape([[5, 5]], "point"))
    assert "picture that cannot be read" in run(tmp_path).summary
