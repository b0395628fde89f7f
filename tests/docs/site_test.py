"""`make docs` builds the site without a broken link, and it loads nothing else."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("mkdocs", reason='needs pip install ".[docs]"')
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_in_the_navigation(site):
    pages = {path.relative_to(ROOT / "docs") for path in ROOT.glob("docs/**/*.md")}
    for page in [*pages, "index", "changelog", "contributing"]:
        assert (site / page).with_suffix(".html").is_file(), page
    navigation = (ROOT / "mkdocs.yml").read_text()
    assert [page for page in pages if str(page) not in navigation] == []


def test_the_start_page_is_the_readme_with_its_picture(site):
    text = (site / "index.html").read_text()
    assert "Install and first result" in text and 'src="predictions.png"' in text
    assert (site / "predictions.png").is_file()
    assert "docs/" not in re.sub(r"<code>.*?</code>", "", "".join(links(text)))


def test_pages_load_nothing_from_elsewhere(site):
    for page in site.glob("**/*.html"):
        loaded = re.findall(
            r'<(?:script|img|iframe|link rel="(?:stylesheet|preload|icon)")[^>]*'
            r'(?:src|href)="(https?://[^"]*)"',
            page.read_text(),
        )
        assert loaded == [], page


def links(text: str) -> list[str]:
    """Returns the targets of the links within the site."""
    return re.findall(r'href="((?!https?://)[^"]*)"', text)
