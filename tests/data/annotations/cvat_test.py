"""Tests of CVAT's exports."""

import numpy as np
import pytest

from tests.data.annotations.exports import (
    HEIGHT,
    WIDTH,
    photo,
    rectangle,
    run,
    runs_of,
    save,
)
from tf_rloss import data


def document(*shapes, labels=("cat", "dog"), meta=True, name="dir/a.png"):
    """Returns the text of an XML file with one image."""
    listed = "".join(
        f"<label><name>{n}</name><color>#0{i}ff00</color></label>"
        for i, n in enumerate(labels)
    )
    head = f"<meta><task><labels>{listed}</labels></task></meta>" if meta else ""
    size = f'width="{WIDTH}" height="{HEIGHT}"'
    image = f'<image id="0" name="{name}" {size}>{"".join(shapes)}</image>'
    return f"<annotations><version>1.1</version>{head}{image}</annotations>"


def shape(tag, inside="", label="cat", **attributes):
    text = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f'<{tag} label="{label}" z_order="0"{text}>{inside}</{tag}>'


def mask_shape(mask, label="cat", **attributes):
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    part = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return shape(
        "mask",
        label=label,
        rle=", ".join(map(str, runs_of(part, "C"))),
        left=columns[0],
        top=rows[0],
        width=part.shape[1],
        height=part.shape[0],
        **attributes,
    )


def imported(tmp_path, *shapes, **options):
    photo(tmp_path, "images/a.png")
    save(tmp_path, "annotations.xml", document(*shapes))
    return run(tmp_path, **options)


def test_shapes_become_masks_strokes_clicks_and_background(tmp_path):
    found = imported(
        tmp_path,
        shape("polygon", points="2.00,2.00;8.00,2.00;8.00,9.00;2.00,9.00"),
        shape("polyline", label="dog", points="12.5,3.5;16.5,3.5"),
        shape("points", points="14.00,9.00;15.50,8.50"),
        shape("box", xtl="11", ytl="1", xbr="20", ybr="12"),
    )
    assert found.classes == ["background", "cat", "dog"]
    assert found.colors[1:] == [(0, 255, 0), (1, 255, 0)]
    expected = np.where(rectangle(2, 2, 9, 8), 1, 255)
    np.testing.assert_array_equal(found.labels("a"), expected)
    assert found.points["a"] == [
        {"x": 13.5, "y": 8.5, "cls": 1},
        {"x": 15.0, "y": 8.0, "cls": 1},
    ]
    strokes = found.scribble("a")
    assert (strokes[2:5, 12:17] == 2).all()
    assert (strokes[rectangle(2, 2, 9, 8)] == 255).all()  # it has a mask
    outside = ~rectangle(1, 11, 12, 20) & ~rectangle(2, 2, 9, 8)
    assert (strokes[outside] == 0).all()
    assert (strokes[6:12, 19] == 255).all()  # in the box, and unlabelled


def test_mask_follows_rows_in_its_box_from_background_on(tmp_path):
    mask = rectangle(3, 4, 9, 15) & (np.random.default_rng(0).random((20, 30)) < 0.5)
    found = imported(tmp_path, mask_shape(mask))
    np.testing.assert_array_equal(found.labels("a"), np.where(mask, 1, 255))


@pytest.mark.parametrize("painted", ["scribbles", "labels"])
def test_masks_go_where_the_user_says(tmp_path, painted):
    found = imported(tmp_path, mask_shape(rectangle(3, 4, 9, 15)), painted=painted)
    others = {"scribbles", "labels"} - {painted}
    assert (found.root / painted).exists()
    assert not (found.root / others.pop()).exists()


def test_z_order_decides_before_the_order_of_the_file(tmp_path):
    first, second = rectangle(2, 2, 8, 8), rectangle(5, 5, 10, 12)
    on_top = mask_shape(first).replace('z_order="0"', 'z_order="3"')
    found = imported(tmp_path, on_top, mask_shape(second, "dog"))
    expected = np.select([first, second], [1, 2], 255)
    np.testing.assert_array_equal(found.labels("a"), expected)
    assert "later shape count" in found.summary and "masks: 9 px" in found.summary


def test_rotation_is_around_the_centre(tmp_path):
    ellipse = shape("ellipse", cx="15", cy="10", rx="8", ry="2", rotation="90.00")
    found = imported(tmp_path, ellipse)
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    inside = ((x - 15) / 2) ** 2 + ((y - 10) / 8) ** 2 <= 1
    np.testing.assert_array_equal(found.labels("a"), np.where(inside, 1, 255))


def test_turned_box(tmp_path):
    box = shape("box", xtl="8", ytl="9", xbr="20", ybr="11", rotation="90.0")
    found = imported(tmp_path, box)
    expected = np.where(rectangle(4, 13, 16, 15), 255, 0)
    np.testing.assert_array_equal(found.scribble("a"), expected)


def test_a_custom_attribute_is_not_taken_for_one_of_the_shape(tmp_path):
    inside = '<attribute name="label">wrong</attribute>'
    inside += '<attribute name="points">1,1</attribute>'
    found = imported(tmp_path, shape("points", inside, points="5,5"))
    assert found.points["a"] == [{"x": 4.5, "y": 4.5, "cls": 1}]


def test_skeletons_give_the_points_that_are_set(tmp_path):
    points = [
        '<points label="nose" outside="0" points="5,5"/>',
        '<points label="ear" outside="1" points="9,9"/>',
    ]
    found = imported(tmp_path, shape("skeleton", "".join(points)))
    assert len(found.points["a"]) == 1
    assert "1 x points that are hidden or not set" in found.summary


def test_tags_and_cuboids_are_reported(tmp_path):
    found = imported(
        tmp_path, shape("tag"), shape("cuboid", xtl1="1"), shape("points", points="5,5")
    )
    assert "1 x labels of whole images" in found.summary
    assert "1 x shapes of kinds without a meaning" in found.summary


def test_a_file_without_meta_takes_classes_in_the_order_of_shapes(tmp_path):
    shapes = [shape("points", label=name, points="5,5") for name in ("z", "b")]
    text = document(*shapes, meta=False).replace("><", ">\r\n<")
    save(tmp_path, "annotations.xml", text)
    assert run(tmp_path).classes == ["background", "z", "b"]


def test_a_video_is_refused(tmp_path):
    save(tmp_path, "a.xml", "<annotations><track label='a'/></annotations>")
    with pytest.raises(data.DataError, match="export of a video"):
        run(tmp_path)


@pytest.mark.parametrize(
    ("bad", "note"),
    [
        (shape("polygon", points="1,1;2,2"), "needs 3 points"),
        (shape("polygon", points="1,1;nan,2;3,3"), "'nan' as a coordinate"),
        (shape("polygon", points="1,1;2;3,3"), "of x and y each"),
        (shape("box", xtl="5", ytl="5", xbr="5", ybr="9"), "box of 0 x 4 px"),
        (shape("box", xtl="5"), "'None' as a coordinate"),
        (shape("ellipse", cx="1", cy="1", rx="-1", ry="1"), "without area"),
        (shape("mask", rle="1,2", left=0, top=0, width=2, height=2), "3 pixels"),
        (
            shape("mask", rle="1", left=0, top=0, width=1 << 19, height=1 << 19),
            "million pixels",
        ),
        (shape("points", points="500,5"), "outside of their image"),
    ],
)
def test_a_faulty_shape_is_named_and_the_others_stay(tmp_path, bad, note):
    found = imported(tmp_path, bad, shape("points", label="dog", points="5,5"))
    assert note in found.summary and "shape 1 (" in found.summary
    assert found.points["a"] == [{"x": 4.5, "y": 4.5, "cls": 2}]


LABELS = """# label:color_rgb:parts:actions
background:0,0,0::
cat:250,50,83::
d-g:0,128,0::
"""


def mask_export(tmp_path):
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[2:5, 3:9] = 250, 50, 83
    pixels[8:9, 3:9] = 0, 128, 0
    pixels[15:16, 0:3] = 1, 2, 3
    save(tmp_path, "labelmap.txt", LABELS)
    save(tmp_path, "SegmentationClass/dir/a.png", pixels)
    save(tmp_path, "SegmentationObject/dir/a.png", pixels)
    save(tmp_path, "ImageSets/Segmentation/default.txt", "dir/a\ndir/lost\n")
    photo(tmp_path, "JPEGImages/dir/a.jpg")
    return pixels


def test_class_masks_are_read_by_the_colours_of_labelmap(tmp_path):
    mask_export(tmp_path)
    found = run(tmp_path)
    expected = np.select(
        [rectangle(2, 3, 5, 9), rectangle(8, 3, 9, 9)], [1, 2], default=255
    )
    np.testing.assert_array_equal(found.labels("a"), expected)
    assert found.classes == ["background", "cat", "d-g"]
    assert (found.root / "images" / "a.jpg").exists()
    assert "a: 573 px" in found.summary  # black: unlabelled or background
    assert "1,2,3, 3 px" in found.summary
    assert "dir/lost" in found.summary


def test_black_is_background_if_the_user_says_so(tmp_path):
    mask_export(tmp_path)
    found = run(tmp_path, fill_background=True)
    labels = found.labels("a")
    assert (labels[rectangle(2, 3, 5, 9)] == 1).all()
    assert labels[0, 0] == 0 and not (labels == 255).any()


@pytest.mark.parametrize("line", ["cat", "cat:1,2", "cat:1,2,999::", "a:b:1,2,3::"])
def test_a_wrong_labelmap_is_refused(tmp_path, line):
    mask_export(tmp_path)
    save(tmp_path, "labelmap.txt", line)
    with pytest.raises(data.DataError, match="lines must be `name:r,g,b"):
        run(tmp_path)


def labelme_xml(*objects):
    size = f"<imagesize><nrows>{HEIGHT}</nrows><ncols>{WIDTH}</ncols></imagesize>"
    head = "<annotation><filename>a.png</filename><folder></folder>"
    return f"{head}{size}{''.join(objects)}</annotation>"


def labelme_object(points=(), *, kind="", mask="", deleted=0, name="cat"):
    corners = "".join(f"<pt><x>{x}</x><y>{y}</y></pt>" for x, y in points)
    inside = f"<type>{kind}</type>" if kind else ""
    inside += f"<segm><mask>{mask}</mask></segm>" if mask else ""
    inside += f"<polygon>{corners}</polygon>" if points else ""
    return f"<object><name>{name}</name><deleted>{deleted}</deleted>{inside}</object>"


def test_labelme_3_has_polygons_boxes_and_masks_of_any_channel(tmp_path):
    corners = [(2, 3), (9, 3), (9, 8), (2, 8)]
    pixels = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    pixels[12:14, 20:25, 2] = 7
    save(tmp_path, "Masks/a_mask_2.png", pixels)
    photo(tmp_path, "a.png")
    save(
        tmp_path,
        "a.xml",
        labelme_xml(
            labelme_object(corners),
            labelme_object([(1, 1), (29, 1), (29, 19), (1, 19)], kind="bounding_box"),
            labelme_object(mask="a_mask_2.png", name="dog"),
            labelme_object([(0, 0), (30, 0), (30, 20)], deleted=1),
            labelme_object(mask="../../../secret.png"),
        ),
    )
    found = run(tmp_path)
    expected = np.select(
        [rectangle(3, 2, 8, 9), rectangle(12, 20, 14, 25)], [1, 2], default=255
    )
    np.testing.assert_array_equal(found.labels("a"), expected)
    edge = np.where(rectangle(1, 1, 19, 29), 255, 0)
    np.testing.assert_array_equal(found.scribble("a"), edge)
    assert "were deleted" in found.summary
    assert "which is not in Masks/" in found.summary
