"""A grid of pictures with titles, for reports and TensorBoard."""

import math
import os
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tf_rloss.visualization.label_images import save_image

_GAP = 4
_MARGIN = 10
_TITLE_SIZE = 15
_NAME_SIZE = 13
_INK = (32, 32, 32)
_PAPER = (255, 255, 255)
# Below this width a picture is enlarged by a whole factor, so that the pixels
# of a 96-pixel example can be seen.
_MIN_CELL_WIDTH = 180


def contact_sheet(
    rows: Sequence[Sequence[np.ndarray]],
    path: str | os.PathLike,
    column_titles: Sequence[str] = (),
    *,
    row_titles: Sequence[str] = (),
    legend: tuple[Sequence[str], np.ndarray] | None = None,
    max_cell_width: int = 320,
) -> None:
    """Writes a labelled grid of pictures.

    Args:
        rows: list of rows of RGB uint8 arrays (H, W, 3). Rows are equally long.
        path: PNG or JPEG to write; replaced as a whole.
        column_titles: a title above each column, or none.
        row_titles: a title above the left edge of each row, or none.
        legend: `(class_names, palette)`, shown as colour chips below the grid.
        max_cell_width: larger pictures are reduced to this many pixels.

    Raises:
        ValueError: if there is no picture, rows differ in length, titles or
            legend do not match, or a picture is not a uint8 array (H, W, 3).
    """
    save_image(
        compose(
            rows,
            column_titles,
            row_titles=row_titles,
            legend=legend,
            max_cell_width=max_cell_width,
        ),
        path,
    )


def compose(
    rows: Sequence[Sequence[np.ndarray]],
    column_titles: Sequence[str] = (),
    *,
    row_titles: Sequence[str] = (),
    legend: tuple[Sequence[str], np.ndarray] | None = None,
    max_cell_width: int = 320,
) -> np.ndarray:
    """Returns the picture that `contact_sheet` writes, uint8 (H, W, 3)."""
    _check(rows, column_titles, row_titles, legend)
    cells = [[_fit(picture, max_cell_width) for picture in row] for row in rows]
    columns = list(zip(*cells, strict=True))
    widths = [max(cell.width for cell in column) for column in columns]
    heights = [max(cell.height for cell in row) for row in cells]
    title_font, name_font = (_font(size) for size in (_TITLE_SIZE, _NAME_SIZE))
    for i, title in enumerate(column_titles):
        widths[i] = max(widths[i], math.ceil(title_font.getlength(title)) + _GAP)

    grid_width = sum(widths) + _GAP * (len(widths) - 1)
    row_title_height = _NAME_SIZE + 8 if row_titles else 0
    for title in row_titles:
        grid_width = max(grid_width, math.ceil(name_font.getlength(title)))
    top = _MARGIN + (_TITLE_SIZE + 10 if column_titles else 0)
    grid_height = sum(heights) + (_GAP + row_title_height) * len(heights)
    chips = _legend_lines(legend, grid_width, name_font) if legend else []
    line_height = _NAME_SIZE + 8
    sheet = Image.new(
        "RGB",
        (
            grid_width + 2 * _MARGIN,
            top + grid_height + line_height * len(chips) + _MARGIN,
        ),
        _PAPER,
    )
    draw = ImageDraw.Draw(sheet)

    lefts = [_MARGIN + sum(widths[:i]) + i * _GAP for i in range(len(widths))]
    for i, title in enumerate(column_titles):
        middle = (lefts[i] + widths[i] / 2, top - _GAP)
        draw.text(middle, title, fill=_INK, font=title_font, anchor="ms")
    y = top
    for i, row in enumerate(cells):
        if row_titles:
            baseline = (_MARGIN, y + row_title_height - 6)
            draw.text(baseline, row_titles[i], _INK, font=name_font, anchor="ls")
            y += row_title_height
        for left, width, cell in zip(lefts, widths, row, strict=True):
            sheet.paste(cell, (left + (width - cell.width) // 2, y))
        y += heights[i] + _GAP
    for line in chips:
        for x, name, colour in line:
            box = (_MARGIN + x, y + 5, _MARGIN + x + _NAME_SIZE, y + 5 + _NAME_SIZE)
            draw.rectangle(box, fill=colour, outline=(160, 160, 160))
            at = (box[2] + 5, y + 5 + _NAME_SIZE / 2)
            draw.text(at, name, fill=_INK, font=name_font, anchor="lm")
        y += line_height
    return np.asarray(sheet)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Returns the font that comes with Pillow."""
    return ImageFont.load_default(size=size)


def _fit(picture: np.ndarray, max_width: int) -> Image.Image:
    """Enlarges small pictures by a whole factor and reduces large ones."""
    cell = Image.fromarray(picture)
    if cell.width > max_width:
        height = max(1, round(cell.height * max_width / cell.width))
        return cell.resize((max_width, height), Image.Resampling.LANCZOS)
    factor = max(1, min(round(_MIN_CELL_WIDTH / cell.width), max_width // cell.width))
    size = (cell.width * factor, cell.height * factor)
    return cell.resize(size, Image.Resampling.NEAREST)


def _legend_lines(legend, width: int, font) -> list[list[tuple]]:
    """Breaks the legend into lines of `(x, name, colour)` no wider than `width`."""
    lines, x = [[]], 0
    for name, colour in zip(*legend, strict=True):
        length = _NAME_SIZE + 5 + math.ceil(font.getlength(name)) + 16
        if x and x + length - 16 > width:
            lines.append([])
            x = 0
        lines[-1].append((x, name, tuple(int(value) for value in colour)))
        x += length
    return lines


def _check(rows, column_titles, row_titles, legend) -> None:
    """Raises ValueError unless the grid is complete and its texts match."""
    if legend is not None and len(legend[0]) != len(legend[1]):
        raise ValueError(
            "`legend` must hold a name for each colour. Received: "
            f"{len(legend[0])} names, {len(legend[1])} colours"
        )
    lengths = {len(row) for row in rows}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(
            "`rows` must hold rows of equally many pictures, at least one. "
            f"Received: {len(rows)} rows of {sorted(lengths)} pictures"
        )
    (columns,) = lengths
    if column_titles and len(column_titles) != columns:
        raise ValueError(
            f"`column_titles` must have one title for each of {columns} columns. "
            f"Received: {list(column_titles)}"
        )
    if row_titles and len(row_titles) != len(rows):
        raise ValueError(
            f"`row_titles` must have one title for each of {len(rows)} rows. "
            f"Received: {list(row_titles)}"
        )
    for row in rows:
        for picture in row:
            if (
                picture.dtype != np.uint8
                or picture.ndim != 3
                or picture.shape[2] != 3
                or 0 in picture.shape
            ):
                raise ValueError(
                    "`rows` must hold uint8 arrays (H, W, 3). Received: shape "
                    f"{picture.shape}, dtype {picture.dtype}"
                )
