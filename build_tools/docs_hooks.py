"""Hooks of mkdocs.yml: pages from files outside docs/, and links to such files."""

import pathlib
import re

from mkdocs.structure.files import File, Files

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = {
    "index.md": "README.md",
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
}
"""Page of the site -> the file at the root of the project that it shows."""


def on_files(files: Files, config) -> Files:
    """Adds the pages that lie outside docs/."""
    for page, source in PAGES.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=as_page(text)))
    return files


def on_page_markdown(markdown: str, **_) -> str:
    """Turns links to files that the site does not have into their names."""
    return re.sub(r"\[([^\]]+)\]\(\.\./[^)]*\)", r"\1", markdown)


def as_page(text: str) -> str:
    """Returns a text whose links start from docs/ in place of the project's root."""
    for page, source in PAGES.items():
        text = text.replace(f"]({source})", f"]({page})")
    return text.replace("](docs/", "](")
