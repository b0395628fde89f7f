"""Reports: one HTML file with tables and pictures, which opens from disk."""

import base64
import dataclasses
import io
import os
import pathlib
from collections.abc import Mapping, Sequence

import jinja2
import numpy as np
from PIL import Image

from tf_rloss.files import write_text

_MOST_PIXELS = 520
"""Longer side of a photograph in a report, in pixels."""
_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(pathlib.Path(__file__).parent),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)

Picture = np.ndarray | pathlib.Path
"""A uint8 array (H, W, 3), or a PNG file, which is shown at its own size."""


@dataclasses.dataclass(frozen=True)
class Section:
    """A part of a report: a heading with what stands below it.

    Every attribute but the title may be left out. They follow each other in this order.

    Attributes:
        title: the heading.
        text: paragraphs.
        warnings: sentences that must not be overlooked.
        facts: names and values, as a table of two columns.
        columns: heads of a table.
        rows: its rows, a value for each column. Numbers are aligned at the right; None
            is shown as a dash.
        pictures: captions and pictures.
        comparisons: pairs of pictures that a slider uncovers.
        legend: names and colours, uint8 (K, 3), of classes.
    """

    title: str
    text: Sequence[str] = ()
    warnings: Sequence[str] = ()
    facts: Mapping[str, object] = dataclasses.field(default_factory=dict)
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()
    pictures: Sequence[tuple[str, Picture]] = ()
    comparisons: Sequence["Comparison"] = ()
    legend: tuple[Sequence[str], np.ndarray] | None = None


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Two versions of a picture, one at each side of a slider.

    Attributes:
        caption: text below the pictures.
        image: uint8 (H, W, 3), shown beside them.
        left: uint8 (H, W, 3), such as the true labels over the image.
        right: uint8 (H, W, 3), such as the predicted labels over the image.
        titles: names of `left` and `right`.
    """

    caption: str
    image: np.ndarray
    left: np.ndarray
    right: np.ndarray
    titles: tuple[str, str] = ("truth", "prediction")


def write_report(
    path: str | os.PathLike,
    title: str,
    sections: Sequence[Section],
    command: str = "",
) -> None:
    """Writes a report that needs no other file, no server and no network.

    Args:
        path: HTML file to write; replaced as a whole.
        title: the heading of the page.
        sections: its parts.
        command: the command line that led to it; "": none is shown.
    """
    template = _ENVIRONMENT.get_template("report.html.jinja")
    page = template.render(title=title, sections=sections, command=command)
    write_text(path, page)


def _source(picture: Picture) -> str:
    """Returns a picture as the `src` of an <img>."""
    if isinstance(picture, pathlib.Path):
        return _data_url("png", picture.read_bytes())
    image = Image.fromarray(picture)
    image.thumbnail((_MOST_PIXELS, _MOST_PIXELS))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=88, subsampling=0)
    return _data_url("jpeg", file.getvalue())


def _data_url(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _shown(value: object) -> str:
    """Returns a value as the text of a cell."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_shown, value))
    return str(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_ENVIRONMENT.filters |= {"source": _source, "shown": _shown}
_ENVIRONMENT.tests["numeric"] = _is_number
