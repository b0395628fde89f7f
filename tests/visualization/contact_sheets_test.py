import numpy as np
import pytest
from PIL import Image

from tf_rloss.visualization import compose, contact_sheet


def _picture(height, width, colour):
    return np.full((height, width, 3), colour, np.uint8)


def _count(sheet, colour):
    return int((sheet == np.uint8(colour)).all(axis=-1).sum())


def test_every_picture_is_shown_enlarged_by_a_whole_factor(tmp_path):
    red, green = (200, 0, 0), (0, 200, 0)
    path = tmp_path / "sheet.png"
    contact_sheet([[_picture(60, 90, red), _picture(60, 90, green)]], path)
    sheet = np.asarray(Image.open(path))
    assert _count(sheet, red) == _count(sheet, green) == 120 * 180


def test_large_picture_is_reduced_to_the_given_width():
    sheet = compose([[_picture(400, 1000, (9, 9, 9))]], max_cell_width=100)
    assert _count(sheet, (9, 9, 9)) == 40 * 100


def test_pictures_of_different_sizes_do_not_overlap():
    colours = [(200, 0, 0), (0, 200, 0), (0, 0, 200), (200, 200, 0)]
    sizes = [(180, 200), (250, 190), (200, 300), (190, 180)]
    cells = [
        _picture(*size, colour) for size, colour in zip(sizes, colours, strict=True)
    ]
    sheet = compose([cells[:2], cells[2:]], ["a", "b"], row_titles=["first", "second"])
    for size, colour in zip(sizes, colours, strict=True):
        assert _count(sheet, colour) == size[0] * size[1]


def test_titles_add_ink_and_legend_adds_its_colours():
    cells = [[_picture(180, 180, (255, 255, 255))]]
    palette = np.array([[128, 0, 0], [0, 0, 128]], np.uint8)
    bare = compose(cells)
    assert (bare == 255).all()
    titled = compose(cells, ["truth"], row_titles=["0001"])
    assert (titled != 255).any() and titled.shape[0] > bare.shape[0]
    legend = compose(cells, legend=(["cat", "dog"], palette))
    for colour in palette:
        # A chip is 14 pixels wide with an outline of one.
        assert _count(legend, colour) == 12 * 12


def test_long_legend_is_broken_into_lines_inside_the_sheet():
    palette = np.stack([np.arange(100, 140)] * 3, axis=1).astype(np.uint8)
    palette[:, 1] = 0
    sheet = compose(
        [[_picture(180, 180, (0, 0, 0))]],
        legend=([f"class number {i}" for i in range(40)], palette),
    )
    assert all(_count(sheet, colour) == 12 * 12 for colour in palette)


def test_long_title_widens_its_column():
    cells = [[_picture(180, 180, (0, 0, 0))] * 2]
    narrow = compose(cells, ["a", "b"])
    assert compose(cells, ["a", "b" * 60]).shape[1] > narrow.shape[1] + 100


@pytest.mark.parametrize(
    "rows, titles, message",
    [
        ([], [], "at least one"),
        ([[]], [], "at least one"),
        ([[_picture(2, 2, 0)], [_picture(2, 2, 0)] * 2], [], r"pictures"),
        ([[_picture(2, 2, 0)]], ["a", "b"], "each of 1 columns"),
        ([[np.zeros((2, 2, 3))]], [], "float64"),
        ([[np.zeros((2, 2), np.uint8)]], [], r"shape \(2, 2\)"),
    ],
)
def test_bad_grid_is_refused(rows, titles, message):
    with pytest.raises(ValueError, match=message):
        compose(rows, titles)


def test_row_titles_must_match():
    with pytest.raises(ValueError, match="each of 1 rows"):
        compose([[_picture(2, 2, 0)]], row_titles=["a", "b"])


def test_legend_needs_a_name_for_each_colour():
    with pytest.raises(ValueError, match="1 names, 2 colours"):
        compose([[_picture(2, 2, 0)]], legend=(["cat"], np.zeros((2, 3), np.uint8)))
