"""Small exports for tests, and a look at what the import has made of them."""

import base64
import dataclasses
import io
import itertools
import json
from pathlib import Path

import numpy as np
from PIL import Image

from tf_rloss import data

HEIGHT, WIDTH = 20, 30


@dataclasses.dataclass
class Imported:
    """The folder that an import wrote, and its summary."""

    root: Path
    summary: str

    def scribble(self, stem: str) -> np.ndarray:
        return np.array(Image.open(self.root / "scribbles" / f"{stem}.png"))

    def labels(self, stem: str) -> np.ndarray:
        return np.array(Image.open(self.root / "labels" / f"{stem}.png"))

    @property
    def points(self) -> dict:
        return json.loads((self.root / "points.json").read_text("utf-8"))

    @property
    def classes(self) -> list[str]:
        lines = (self.root / "classes.txt").read_text("utf-8").splitlines()
        return [line.rsplit(" ", 3)[0] for line in lines]

    @property
    def colors(self) -> list[tuple[int, ...]]:
        lines = (self.root / "classes.txt").read_text("utf-8").splitlines()
        return [tuple(map(int, line.rsplit(" ", 3)[1:])) for line in lines]


def run(tmp_path: Path, **options) -> Imported:
    """Imports `tmp_path/in`, or the file or folder in it that `path` names."""
    path = tmp_path / "in" / options.pop("path", "")
    output = tmp_path / "out"
    return Imported(output, data.import_annotations(path, output, **options))


def save(tmp_path: Path, name: str, content) -> Path:
    """Writes a file of the export: text, bytes, an array as image, else as JSON."""
    path = tmp_path / "in" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, np.ndarray):
        Image.fromarray(content).save(path)
    elif isinstance(content, bytes):
        path.write_bytes(content)
    else:
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, "utf-8")
    return path


def photo(tmp_path: Path, name: str, height: int = HEIGHT, width: int = WIDTH) -> Path:
    """Writes a photograph of noise."""
    values = np.random.default_rng(0).integers(0, 256, (height, width, 3))
    return save(tmp_path, name, values.astype(np.uint8))


def png(array: np.ndarray, **options) -> bytes:
    """Returns an array as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG", **options)
    return file.getvalue()


def in_base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def rectangle(top: int, left: int, bottom: int, right: int) -> np.ndarray:
    """Returns bool (HEIGHT, WIDTH), true from (top, left) up to (bottom, right)."""
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[top:bottom, left:right] = True
    return mask


def pack_brush(values: np.ndarray, widths=(3, 4, 8, 16), word: int = 8) -> list[int]:
    """Returns Label Studio's RLE of values, with runs that repeat and that do not."""
    bits = f"{len(values):032b}{word - 1:05b}" + "".join(f"{w - 1:04b}" for w in widths)
    place, values = 0, values.tolist()
    while place < len(values):
        end = place + 1
        while end < len(values) and values[end] == values[place]:
            end += 1
        repeats = end - place > 1
        if not repeats:
            while end < len(values) and values[end] != values[end - 1]:
                end += 1
        most = 1 << max(widths)
        end = min(end, place + most)
        length = end - place - 1
        choice = next(i for i, w in enumerate(widths) if length < 1 << w)
        bits += f"{int(repeats)}{choice:02b}{length:0{widths[choice]}b}"
        words = values[place : place + 1] if repeats else values[place:end]
        bits += "".join(f"{value:0{word}b}" for value in words)
        place = end
    bits += "0" * (-len(bits) % 8)
    return [int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)]


def brush_of(mask: np.ndarray) -> list[int]:
    """Returns the RLE of a mask (H, W) whose values are alpha values."""
    alpha = mask.astype(np.uint8) * (255 if mask.dtype == bool else 1)
    return pack_brush(np.repeat(alpha.ravel(), 4))


def runs_of(mask: np.ndarray, order: str) -> list[int]:
    """Returns the runs of a mask, the first of background."""
    flat = np.concatenate([[False], mask.ravel(order), [False]])
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    changes = [0, *changes.tolist()]
    runs = [b - a for a, b in itertools.pairwise(changes)]
    rest = mask.size - sum(runs)
    return runs + [rest] * (rest > 0)
