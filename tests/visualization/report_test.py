"""Reports are one file that needs no other, with everything escaped."""

import base64
import html.parser
import io

import numpy as np
from PIL import Image

from tf_rloss.visualization import Comparison, Section, save_image, write_report

RED = np.full((30, 40, 3), (255, 0, 0), np.uint8)


class _Page(html.parser.HTMLParser):
    """Collects the tags of a page with their attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.words += data.split()

    def all(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]


def _written(tmp_path, *sections, **options):
    write_report(tmp_path / "report.html", "A title", sections, **options)
    return _Page((tmp_path / "report.html").read_text(encoding="utf-8"))


def test_everything_is_inside_the_file(tmp_path):
    save_image(RED, tmp_path / "chart.png")
    page = _written(
        tmp_path,
        Section("Pictures", pictures=[("a", RED), ("b", tmp_path / "chart.png")]),
        Section("Labels", comparisons=[Comparison("c", RED, RED, RED)]),
    )
    sources = [image["src"] for image in page.all("img")]
    assert len(sources) == 5
    assert all(source.startswith("data:image/") for source in sources)
    assert not page.all("link") and not any("src" in s for s in page.all("script"))
    assert all(link["href"].startswith("#") for link in page.all("a"))
    assert all(image["alt"] for image in page.all("img"))
    assert [i["type"] for i in page.all("input")] == ["range"]


def test_photographs_are_reduced_and_charts_are_not(tmp_path):
    save_image(np.zeros((20, 900, 3), np.uint8), tmp_path / "chart.png")
    large = np.zeros((600, 1200, 3), np.uint8)
    page = _written(
        tmp_path,
        Section("P", pictures=[("a", large), ("b", tmp_path / "chart.png")]),
    )
    sizes = []
    for image in page.all("img"):
        content = base64.b64decode(image["src"].partition(",")[2])
        sizes.append(Image.open(io.BytesIO(content)).size)
    assert sizes == [(520, 260), (900, 20)]


def test_names_of_a_user_are_text_and_no_markup(tmp_path):
    evil = "<script>alert(1)</script>"
    page = _written(
        tmp_path,
        Section(
            evil,
            text=[evil],
            warnings=[evil],
            facts={evil: evil},
            columns=[evil],
            rows=[[evil]],
            pictures=[(evil, RED)],
            comparisons=[Comparison(f'"{evil}', RED, RED, RED, (evil, evil))],
            legend=([evil], np.zeros((1, 3), np.uint8)),
        ),
        command=evil,
    )
    assert len(page.all("script")) == 1  # The page's own.


def test_values_are_shown_as_people_write_them(tmp_path):
    rows = [["cat", 0.123456, 7, None], ["dog", float("nan"), 1000000, "x"]]
    page = _written(
        tmp_path,
        Section(
            "T", columns=["class", "IoU", "n", "m"], rows=rows, facts={"a": (1, 2)}
        ),
        command="python -m trainers.full",
    )
    for text in ("0.1235", "1000000", "-", "1,", "trainers.full"):
        assert text in page.words
    assert "None" not in page.words and "nan" not in page.words
    numbers = [cell for cell in page.all("td") if cell.get("class") == "number"]
    assert len(numbers) == 5
