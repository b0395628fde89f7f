"""Tests of the files in which tune leaves what it chose, for reproduce."""

import pytest
import tiny_run

from trainers import reproduce
from trainers.errors import UserError
from trainers.paper.chosen_settings import read_settings


def write(folder, text):
    folder.mkdir(exist_ok=True)
    (folder / "chosen.json").write_text(text)
    return str(folder)


def test_files_are_merged_and_a_folder_stands_for_its_file(tmp_path):
    first = write(tmp_path / "a", '{"crf": {"sigma_color": 9}, "ncut": {"gamma": 1}}')
    second = write(tmp_path / "b", '{"crf": {"regularizer_weight": 0.5}}')
    assert read_settings([first, f"{second}/chosen.json"]) == {
        "crf": {"regularizer_weight": 0.5},
        "ncut": {"gamma": 1},
    }


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "is not JSON"),
        ('{"crf": {"sigma_color": 9}', "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[1, 2]", "must hold"),
        ('{"krf": {"sigma_color": 9}}', "NAME one of ncut, crf"),
        ('{"crf": {"sigma": 9}}', "must hold"),
        ('{"crf": {"sigma_color": "9"}}', "must hold"),
        ('{"crf": 9}', "must hold"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(tmp_path, text, message):
    """Protects: what tune found reaches the runs whole or not at all."""
    folder = write(tmp_path / "chosen", text)
    with pytest.raises(UserError, match=message):
        read_settings([folder])
    result = tiny_run.call(
        reproduce, table=1, print=True, chosen=folder, output_dir=tmp_path
    )
    tiny_run.assert_one_line(result, "--chosen=", "chosen.json", message)


def test_a_missing_file_is_refused_in_one_line(tmp_path):
    result = tiny_run.call(
        reproduce, table=1, print=True, chosen=tmp_path, output_dir=tmp_path
    )
    tiny_run.assert_one_line(result, "--chosen must be chosen.json", str(tmp_path))
