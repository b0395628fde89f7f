"""Tests of the tables that reproduce the paper's."""

import csv
import io

import pytest

from trainers.paper import paper_results
from trainers.paper.grid import Grid

GRID = Grid(
    "Table 9",
    ("pCE", "CRF"),
    {"net": ({0: 60.0, 1: 62.0}, {0: 65.25}), "net + CRF": ({0: 61.0}, None)},
    {"DeepLab": (55.5, None)},
    notes=["A note."],
)


def test_cells_show_mean_and_spread_or_nothing():
    lines = GRID.markdown().splitlines()
    assert lines[0] == "# Table 9"
    assert lines[4] == "| net            | 61.0 ± 1.4 | 65.2 |"
    assert lines[5] == "| net + CRF      | 61.0       | n/a  |"


def test_figures_of_the_paper_are_marked():
    text = GRID.markdown()
    assert "| paper: DeepLab | 55.5       | n/a  |" in text
    assert "Rows marked `paper` are the paper's, on its own data." in text
    assert text.rstrip().endswith("A note.")


def test_the_csv_has_every_figure_with_its_source():
    rows = list(csv.DictReader(io.StringIO(GRID.csv())))
    assert [row["source"] for row in rows] == ["ours"] * 4 + ["paper"]
    assert rows[1] == {
        "row": "net",
        "column": "pCE",
        "source": "ours",
        "seed": "1",
        "value": "62.0",
    }


def test_a_zero_is_a_figure():
    grid = Grid("T", ("a",), {"net": ({0: 0.0},)}, {"paper's": (0.0,)})
    assert "n/a" not in grid.markdown()


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="must have 2 cells"):
        Grid("T", ("a", "b"), {"net": ({0: 1.0},)})


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_rows_of_the_paper_have_its_columns(number):
    columns = getattr(paper_results, f"TABLE{number}_COLUMNS")
    for cells in getattr(paper_results, f"TABLE{number}").values():
        assert len(cells) == len(columns)
