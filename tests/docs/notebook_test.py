"""The notebook shows what its cells print, and its cells run."""

import json
import pathlib

import matplotlib.pyplot
import pytest

FILE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "first_steps.ipynb"
LONG, SHORT = "IMAGES, SIZE, EPOCHS = 200, 96, 10", "IMAGES, SIZE, EPOCHS = 10, 32, 1"


@pytest.fixture
def cells():
    found = json.loads(FILE.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in found if cell["cell_type"] == "code"]


def test_all_cells_were_executed_in_order_without_errors(cells):
    assert [cell["execution_count"] for cell in cells] == [*range(1, len(cells) + 1)]
    kinds = {out["output_type"] for cell in cells for out in cell["outputs"]}
    assert kinds == {"display_data", "stream"}
    streams = {
        out["name"]
        for cell in cells
        for out in cell["outputs"]
        if out["output_type"] == "stream"
    }
    assert streams == {"stdout"}  # no warnings
    assert FILE.stat().st_size < 500_000


@pytest.mark.slow
def test_the_cells_run(cells, monkeypatch):
    monkeypatch.setattr(matplotlib.pyplot, "show", lambda: matplotlib.pyplot.close())
    code = "\n".join("".join(cell["source"]) for cell in cells)
    assert LONG in code
    names = {}
    exec(compile(code.replace(LONG, SHORT), FILE.name, "exec"), names)
    assert set(names["networks"]) == {"strokes alone", "with the kernel cut"}
