"""XML files of ScribbleSup are read and drawn, and their mistakes are named."""

import numpy as np
import pytest

from tf_rloss.data import DataError, read_scribble_xml
from tf_rloss.labels import VOC_CLASSES


def polygon(name, *points):
    corners = "".join(f"<point><X>{x}</X><Y>{y}</Y></point>" for x, y in points)
    return f"<polygon><tag>{name}</tag>{corners}</polygon>"


def write(path, *polygons, size="<width>30</width><height>20</height>", head=""):
    body = f"<size>{size}</size>{''.join(polygons)}"
    path.write_text(f"{head}<annotation>{body}</annotation>")
    return path


LINE = polygon("cat", (6, 11), (26, 11))


def test_lines_are_three_wide_and_count_from_one(tmp_path):
    scribble = read_scribble_xml(write(tmp_path / "a.xml", LINE))
    assert scribble.shape == (20, 30) and scribble.dtype == np.uint8
    assert set(np.unique(scribble)) == {VOC_CLASSES.index("cat"), 255}
    rows, columns = np.nonzero(scribble != 255)
    assert sorted(set(rows)) == [9, 10, 11]
    # Columns 5 to 25; the round pen reaches one further.
    assert (columns.min(), columns.max()) == (4, 26)


def test_later_lines_cover_earlier_ones(tmp_path):
    crossing = polygon("background", (16, 1), (16, 20))
    scribble = read_scribble_xml(write(tmp_path / "a.xml", LINE, crossing))
    assert (scribble[:, 15] == 0).all() and scribble[10, 10] == 8
    scribble = read_scribble_xml(write(tmp_path / "a.xml", crossing, LINE))
    assert scribble[10, 15] == 8


@pytest.mark.parametrize(
    "name, expected",
    [(name, label) for label, name in enumerate(VOC_CLASSES)]
    + [("plane", 1), ("bike", 2), ("table", 11), ("plant", 16), ("monitor", 20)]
    + [(" Dog\n", 12)],
)
def test_short_and_long_names_are_known(tmp_path, name, expected):
    scribble = read_scribble_xml(write(tmp_path / "a.xml", polygon(name, (5, 5))))
    assert scribble[4, 4] == expected


@pytest.mark.parametrize("ratio", [1.0, 0.5, 0.3])
def test_the_middle_is_kept_by_arc_length(tmp_path, ratio):
    scribble = read_scribble_xml(write(tmp_path / "a.xml", LINE), ratio)
    columns = np.flatnonzero(scribble[10] != 255)
    # 20 ratio about column 15, and one pixel of the pen at both ends.
    assert (columns.min(), columns.max()) == (14 - 10 * ratio, 16 + 10 * ratio)


def test_a_ratio_of_zero_is_a_click_in_the_middle(tmp_path):
    scribble = read_scribble_xml(write(tmp_path / "a.xml", LINE), 0.0)
    rows, columns = np.nonzero(scribble != 255)
    assert len(rows) == 29  # a disc of diameter 6, centred on a pixel
    assert (rows.mean(), columns.mean()) == (10, 15)


def test_a_file_may_have_no_scribble(tmp_path):
    path = write(tmp_path / "a.xml", polygon("cat"))
    assert (read_scribble_xml(path) == 255).all()


LAUGHS = '<!DOCTYPE a [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize(
    "parts, message",
    [
        ({"polygons": [polygon("unicorn", (1, 1))]}, "of class 'unicorn'"),
        ({"polygons": [polygon("", (1, 1))]}, "of class ''"),
        ({"polygons": [polygon("cat", (1, "x"))]}, "a number in <Y>, and has 'x'"),
        ({"polygons": [polygon("cat", ("nan", 1))]}, "a number in <X>, and has 'nan'"),
        (
            {"polygons": [polygon("cat", (1, "x" * 5000))]},
            r"a number in <Y>, and has 'x{79}\.$",
        ),
        ({"polygons": ["<polygon>"]}, "is not XML"),
        ({"polygons": [], "size": ""}, "a number in <size/height>, and has None"),
        (
            {"polygons": [], "size": "<width>9</width><height>99999999</height>"},
            "has a <size> of 9 x",
        ),
        ({"polygons": [polygon("&b;", (1, 1))], "head": LAUGHS}, "document type"),
        ({"polygons": [polygon("&a;", (1, 1))], "head": OUTSIDE}, "document type"),
    ],
)
def test_wrong_files_are_named_with_the_reason(tmp_path, parts, message):
    path = write(tmp_path / "x.xml", *parts.pop("polygons"), **parts)
    with pytest.raises(DataError, match=r"x\.xml: .*" + message):
        read_scribble_xml(path)


def test_a_ratio_outside_zero_and_one_is_refused(tmp_path):
    with pytest.raises(ValueError, match="length_ratio"):
        read_scribble_xml(write(tmp_path / "a.xml", LINE), 1.5)
