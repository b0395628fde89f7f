"""Programs explain their flags, and write tables, CSV files and plots."""

import csv
import pathlib
import subprocess
import sys

import pytest

from benchmarks.harness import report

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_table_leaves_out_what_nobody_has():
    rows = [{"who": "a", "ms": 1.234, "mb": None}, {"who": "bc", "ms": 123.4}]
    assert report.table(rows, ("who", "ms", "mb")) == (
        "who    ms\na    1.23\nbc    123"
    )


def test_csv_has_every_column(tmp_path):
    path = tmp_path / "new" / "rows.csv"
    report.write_csv([{"a": 1}, {"b": 2.5}], path)
    with open(path, newline="") as file:
        assert list(csv.DictReader(file)) == [
            {"a": "1", "b": ""},
            {"a": "", "b": "2.5"},
        ]


def test_plot_is_a_picture(tmp_path):
    rows = [{"who": "op", "ms": 9.0, "floor_ms": 3.0}, {"who": "plain", "ms": 90.0}]
    path = tmp_path / "bars.png"
    report.write_plot({"a problem": rows}, path, "title")
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("script", ["filter", "losses", "training_step"])
def test_scripts_explain_their_flags(script):
    command = [sys.executable, ROOT / "benchmarks" / f"{script}.py", "--helpshort"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert "--output_dir" in done.stdout, done.stderr
