"""The docs name what is public, link to what exists, and their example runs."""

import pathlib
import re

import pytest

from tf_rloss import losses, ops

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", losses.__all__)
def test_every_loss_is_in_the_docs(name):
    assert f"`{name}" in read("docs/losses.md") or f".{name}" in read("docs/losses.md")


@pytest.mark.parametrize("name", ["bilateral_filter", "permutohedral_filter"])
def test_every_filter_is_in_the_docs(name):
    assert name in ops.__all__
    assert name in read("docs/filter.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_that_exist(page):
    links = re.findall(r"\[[^]\"]+\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    for link in links:
        if not link.startswith("https://"):
            assert (page.parent / link).exists(), link


def test_first_lines_of_the_readme_print_a_loss(capsys):
    code = re.search(r"```python\n(.*?)```", read("README.md"), re.DOTALL).group(1)
    exec(compile(code, "README.md", "exec"), {})
    assert 0.0 < float(capsys.readouterr().out) < 1.0  # a share of all pairs of pixels


def test_example_of_model_fit_runs(tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", read("docs/losses.md"), re.DOTALL)
    # The same, but short.
    for long, short in (("400", "12"), ("steps_per_epoch=33", "steps_per_epoch=2")):
        assert long in code
        code = code.replace(long, short)
    code = code.replace("epochs=10", "epochs=1")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "docs/losses.md", "exec"), {})
    assert (tmp_path / "segmenter.keras").exists()
