import numpy as np
import pytest
from PIL import Image

from tf_rloss.visualization import bars_picture, lines_picture


def _ink(path):
    """Share of pixels that are not white."""
    return float((np.asarray(Image.open(path).convert("L")) < 250).mean())


def test_lines_show_every_length_and_the_spread(tmp_path):
    # The levels fix the range of the axis, so that only the error bars add ink.
    once, spread = tmp_path / "once.png", tmp_path / "spread.png"
    series = {0.0: [50.0], 0.5: [60.0], 1.0: [62.0]}
    options = {"xlabel": "length", "ylabel": "mIoU", "levels": {"a": 40.0, "b": 70.0}}
    lines_picture({"CRF": series}, once, **options)
    wide = {x: [value[0] - 3, value[0] + 3] for x, value in series.items()}
    lines_picture({"CRF": wide}, spread, **options)
    assert 0.0 < _ink(once) < _ink(spread)


def test_bars_leave_gaps_where_nothing_was_measured(tmp_path):
    full, gap = tmp_path / "full.png", tmp_path / "gap.png"
    columns = ("pCE", "CRF")
    bars_picture(columns, {"net": [[50.0, 52.0], [60.0]]}, full, ylabel="mIoU")
    bars_picture(columns, {"net": [[50.0, 52.0], None]}, gap, ylabel="mIoU")
    assert 0.0 < _ink(gap) < _ink(full)


def test_a_plot_of_nothing_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least one line"):
        lines_picture({}, tmp_path / "x.png", xlabel="", ylabel="")
    with pytest.raises(ValueError, match="at least one value"):
        bars_picture(("a",), {"net": [None]}, tmp_path / "x.png", ylabel="")
