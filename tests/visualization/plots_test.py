import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from tf_rloss.visualization import confusion_picture, curves_picture, panels_picture
from tf_rloss.visualization.plots import _draw_curves


def _share_of_dark_blue(path):
    """Returns the share of pixels that show a high value of the colour map."""
    red, _, blue = np.moveaxis(np.asarray(Image.open(path).convert("RGB")), -1, 0)
    return float(((red < 60) & (blue > 90)).mean())


def test_perfect_confusion_is_dark_on_the_diagonal_only(tmp_path):
    perfect, wrong = tmp_path / "perfect.png", tmp_path / "uniform.png"
    names = ["background", "cat", "dog"]
    confusion_picture(np.diag([5, 1000, 7]), names, perfect)
    confusion_picture(np.full((3, 3), 9), names, wrong)
    assert _share_of_dark_blue(perfect) > 0.05
    assert _share_of_dark_blue(wrong) == 0.0


def test_class_without_pixels_is_drawn_without_a_warning(tmp_path):
    path = tmp_path / "confusion.png"
    confusion_picture(np.zeros((2, 2), np.int64), ["a", "b"], path)
    assert path.stat().st_size > 0


def test_voc_sized_matrix_is_drawn(tmp_path):
    path = tmp_path / "confusion.png"
    confusion_picture(np.eye(30), [f"class {i}" for i in range(30)], path)
    assert Image.open(path).width > 1000


def test_matrix_of_another_size_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"must be \(3, 3\)"):
        confusion_picture(np.eye(2), ["a", "b", "c"], tmp_path / "confusion.png")
    assert not list(tmp_path.iterdir())


def test_curves_of_different_lengths_share_a_plot(tmp_path):
    path = tmp_path / "curves.png"
    series = {"pCE": [0.4, 0.5, 0.55], "KC": [0.6]}
    curves_picture(series, path, ylabel="mIoU")
    assert Image.open(path).width > 500


def test_epochs_without_a_value_have_no_point():
    axes = Figure().add_subplot()
    _draw_curves(axes, {"val_miou": [None, 0.4, None, 0.6]}, "mIoU")
    (line,) = axes.get_lines()
    assert line.get_xydata().tolist() == [[2, 0.4], [4, 0.6]]
    assert line.get_marker() == "o"


def test_plots_one_below_the_other_make_the_picture_higher(tmp_path):
    heights = []
    for panels in ({"mIoU": {"a": [0.4, 0.5]}}, {"mIoU": {"a": [1]}, "E": {"b": [2]}}):
        panels_picture(panels, tmp_path / "curves.png")
        heights.append(Image.open(tmp_path / "curves.png").height)
    assert heights[1] > 1.5 * heights[0]
    with pytest.raises(ValueError, match="one curve at least"):
        panels_picture({"mIoU": {"a": [0.4]}, "E": {}}, tmp_path / "curves.png")


def test_plot_without_curves_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least one curve"):
        curves_picture({}, tmp_path / "curves.png")
