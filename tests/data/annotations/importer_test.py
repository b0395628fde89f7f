"""Tests of the import as a whole: its options and the folder that it writes."""

import numpy as np
import pytest
from PIL import Image

from tests.data.annotations.drawings import BOX, LINE, SQUARE, drawing, shape
from tests.data.annotations.exports import rectangle, run
from tf_rloss import data


def test_a_folder_of_everything_is_read_by_the_folder_reader(tmp_path):
    drawing(tmp_path, "polygon", shape(SQUARE))
    drawing(tmp_path, "line", shape(*LINE, "dog"))
    drawing(tmp_path, "click", shape([[5, 5]], "point"))
    drawing(tmp_path, "both", shape(SQUARE), shape(*LINE), size=(33, 41), suffix="jpg")
    drawing(tmp_path, "nothing")
    found = run(tmp_path)
    source = data.folder(found.root)
    assert source.ids == ("both", "click", "line", "polygon")
    assert source.class_names == ("background", "cat", "dog")
    assert source.has_scribbles and source.has_masks
    assert source.palette.tolist() == [list(color) for color in found.colors]
    for name in source.ids:
        example = source.read(name)
        assert example.scribble.shape == example.image.shape[:2]
    # An image without strokes has its mask as strokes, one without mask a blank mask.
    example = source.read("polygon")
    np.testing.assert_array_equal(example.scribble, example.mask)
    assert (source.read("line").mask == 255).all()
    assert "1 x images have no strokes" in found.summary
    assert "2 x images have no mask" in found.summary
    assert [p.name for p in (found.root / "unlabelled").iterdir()] == ["nothing.png"]
    unlabelled = data.photographs(found.root / "unlabelled", source)
    assert len(unlabelled) == 1


def test_clicks_alone_make_a_folder_and_are_read_as_points(tmp_path):
    drawing(
        tmp_path, "a", shape([[5.5, 7.5]], "point"), shape([[20, 9]], "point", "dog")
    )
    drawing(tmp_path, "b", shape([[30, 20]], "point"))
    found = run(tmp_path)
    source = data.folder(found.root)
    points = data.read_points(found.root / "points.json", num_classes=3)
    clicked = data.with_points(source, points)
    for name in source.ids:
        # scribbles/ has the same discs.
        np.testing.assert_array_equal(
            clicked.read(name).scribble, source.read(name).scribble
        )
    assert points["b"].tolist() == [[19.0, 29.0, 1.0]]  # the far corner of the image


def test_summary_counts_and_names_everything(tmp_path):
    drawing(tmp_path, "a", shape(SQUARE), shape(*LINE, "dog"), photo_too=False)
    found = run(tmp_path)
    text = (found.root / "summary.txt").read_text()
    assert text.startswith("Import of ") and "(labelme)" in text
    assert "1 images with labels, 0 of them with their photograph" in text
    assert "1 with strokes, 1 with masks, 0 clicks" in text
    assert "shapes: 1 outline, 1 line" in text
    assert "1 cat: 0, 56" in text  # 7 x 8 px with the border
    assert "a.png: 30 x 20 px" in text


def test_the_summary_shows_few_and_the_file_all_places(tmp_path):
    for number in range(9):
        drawing(tmp_path, f"a{number}", shape([[5, 5]], "point"), photo_too=False)
    found = run(tmp_path)
    assert "... and 4 more places" in found.summary and "a8.png" not in found.summary
    assert "a8.png" in (found.root / "summary.txt").read_text()


def test_boxes_can_be_left_out_and_doubts_are_reported(tmp_path):
    drawing(tmp_path, "a", shape(*BOX), shape([[25, 10]], "point"))
    found = run(tmp_path)
    assert "the background near these is doubtful" in found.summary
    assert (found.scribble("a") == 0).sum() > 200
    text = data.import_annotations(tmp_path / "in", tmp_path / "other", boxes=False)
    assert "doubtful" not in text and "0 background: 0, 0" in text


def test_strokes_in_a_box_raise_no_doubt(tmp_path):
    drawing(tmp_path, "a", shape(*BOX), shape(*LINE))
    found = run(tmp_path)
    assert "doubtful" not in found.summary
    strokes = found.scribble("a")
    assert (strokes[~rectangle(1, 1, 18, 20)] == 0).all() and strokes[3, 15] == 1


def test_unlabelled_pixels_become_background_only_on_demand(tmp_path):
    drawing(tmp_path, "a", shape(SQUARE))
    found = run(tmp_path)
    assert set(np.unique(found.labels("a"))) == {1, 255}
    assert "for the background have no pixel" in found.summary
    text = data.import_annotations(
        tmp_path / "in", tmp_path / "other", fill_background=True
    )
    assert "for the background have no pixel" not in text
    filled = np.array(Image.open(tmp_path / "other" / "labels" / "a.png"))
    assert set(np.unique(filled)) == {0, 1}


def test_classes_are_chosen_renamed_and_merged(tmp_path):
    names = ("cat", "dog", "tree", "bg")
    shapes = [
        shape([[2 + 7 * i, 5], [6 + 7 * i, 5]], "line", name)
        for i, name in enumerate(names)
    ]
    drawing(tmp_path, "a", *shapes)
    found = run(tmp_path)
    assert found.classes == ["bg", "cat", "dog", "tree"]
    text = data.import_annotations(
        tmp_path / "in",
        tmp_path / "other",
        classes=["tree", "animal=dog", "animal=cat"],
    )
    strokes = np.array(Image.open(tmp_path / "other" / "scribbles" / "a.png"))
    assert [strokes[5, 4 + 7 * i] for i in range(4)] == [2, 2, 1, 255]
    assert "a.png, shape 4 (line): bg" in text


def test_the_background_is_named_or_there_is_none(tmp_path):
    drawing(tmp_path, "a", shape(*LINE), shape([[5, 5]], "point", "water"))
    assert run(tmp_path, background="water").classes == ["water", "cat"]
    text = data.import_annotations(tmp_path / "in", tmp_path / "other", background="")
    assert "0 cat:" in text and "1 water:" in text


def test_more_classes_than_fit_are_refused(tmp_path):
    shapes = [shape([[5, 5]], "point", f"c{n}") for n in range(255)]
    drawing(tmp_path, "a", *shapes)
    with pytest.raises(data.DataError, match="2 to 255 classes"):
        run(tmp_path)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"classes": ["cow"]}, data.DataError, "which do not occur. Found: cat"),
        ({"classes": ["cat", "x=cat"]}, data.DataError, "names twice: cat"),
        ({"classes": ["=cat"]}, data.DataError, "without a name"),
        ({"background": "sky"}, data.DataError, "background=sky is no class"),
        ({"background": ""}, data.DataError, "there are 1: cat"),
        ({"format": "word"}, ValueError, "`format` must be one of"),
        ({"painted": "x"}, ValueError, "`painted` must be"),
        ({"line_width": 0}, ValueError, "`line_width` must be"),
        ({"images": "nowhere"}, FileNotFoundError, "nowhere"),
        ({"path": "nowhere"}, FileNotFoundError, "nowhere"),
    ],
)
def test_wrong_arguments_are_refused_and_nothing_is_written(
    tmp_path, options, error, message
):
    drawing(tmp_path, "a", shape([[5, 5]], "point"))
    with pytest.raises(error, match=message):
        run(tmp_path, **options)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_folder_that_holds_something_is_never_touched(tmp_path):
    drawing(tmp_path, "a", shape([[5, 5]], "point"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        run(tmp_path)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_line_width(tmp_path):
    drawing(tmp_path, "a", shape([[5.5, 10.5], [20.5, 10.5]], "line"))
    found = run(tmp_path, line_width=5)
    assert np.flatnonzero(found.scribble("a")[:, 12] == 1).tolist() == [
        8,
        9,
        10,
        11,
        12,
    ]
