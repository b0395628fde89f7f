"""Writes a folder of images, strokes and masks as the folder's reader expects it."""

import json
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from tf_rloss.data.annotations.classes import ClassPlan, class_lines
from tf_rloss.data.annotations.geometry import ShapeError
from tf_rloss.data.annotations.painting import Painting
from tf_rloss.data.annotations.photographs import as_rgb, is_ready
from tf_rloss.data.annotations.report import Report
from tf_rloss.data.annotations.values import upright_size
from tf_rloss.data.image_files import FileError
from tf_rloss.labels import IGNORE_LABEL

CONVERTED = "photographs were converted to PNG"
SCALED = "photographs have more than 8 bits a channel and were scaled to 8 bits"
MISSING = (
    "images have labels and no photograph; their size is the one in the file (before a "
    "training, put them into images/ under the names of the label files, or delete "
    "these)"
)
UNLABELLED = "images have no labels and lie in unlabelled/ (for --unlabelled_dir)"
LOST = "images have neither labels nor a photograph"
FROM_MASKS = "images have no strokes: in scribbles/ they have their masks"
NO_BACKGROUND = (
    "classes for the background have no pixel, so that networks cannot learn it (draw "
    "strokes on it, name its class with --background, or use --fill_background if all "
    "objects are outlined)"
)
WITHOUT_MASK = "images have no mask: in labels/ they are unlabelled throughout"

Photograph = Path | bytes | np.ndarray | None


class FolderWriter:
    """Writes one image after another, and at the end what needs to know all of them.

    Args:
        root: an empty folder.
        plan: the classes.
        report: gets the notes.
    """

    def __init__(self, root: Path, plan: ClassPlan, report: Report):
        self._root, self._plan, self._report = root, plan, report
        self._scribbles: dict[str, tuple[int, int]] = {}
        self._masks: dict[str, tuple[int, int]] = {}
        self._points: dict[str, list[dict]] = {}
        self.photographs = 0
        self.pixels = {
            kind: np.zeros(256, np.int64) for kind in ("scribbles", "labels")
        }

    @property
    def counts(self) -> dict[str, int]:
        """Number of images with labels, strokes, masks and clicks."""
        return {
            "images": len(self._points),
            "scribbles": len(self._scribbles),
            "labels": len(self._masks),
            "clicks": sum(map(len, self._points.values())),
        }

    def add(
        self, stem: str, name: str, painting: Painting, photograph: Photograph
    ) -> None:
        """Writes one image.

        Args:
            stem: name of its files without ending.
            name: its name in messages.
            painting: its labels.
            photograph: the photograph; None if it is not at hand.
        """
        size = painting.scribble.shape
        has_strokes = bool((painting.scribble != IGNORE_LABEL).any())
        has_mask = painting.mask is not None and (painting.mask != IGNORE_LABEL).any()
        if not has_strokes and not has_mask:
            if photograph is None:
                self._report.add(LOST, name)
            else:
                self._save_photograph("unlabelled", stem, name, photograph)
                self._report.add(UNLABELLED, name)
            return
        if photograph is None:
            self._report.add(MISSING, f"{name}: {size[1]} x {size[0]} px")
        else:
            self._save_photograph("images", stem, name, photograph)
            self.photographs += 1
        if has_strokes:
            self._save_labels("scribbles", stem, painting.scribble)
            self._scribbles[stem] = size
        if has_mask:
            self._save_labels("labels", stem, painting.mask)
            self._masks[stem] = size
        self._points[stem] = [
            {"x": round(column, 3), "y": round(row, 3), "cls": int(label)}
            for row, column, label in painting.clicks.tolist()
        ]

    def finish(self) -> None:
        """Writes classes.txt and points.json, and what the reader needs of each image.

        If there are strokes of one image, the reader wants them of all; so with masks.
        """
        both = self._scribbles and self._masks
        for stem in self._points if both else ():
            if stem not in self._scribbles:
                name = f"{stem}.png"
                shutil.copyfile(
                    self._root / "labels" / name, self._root / "scribbles" / name
                )
                self._report.add(FROM_MASKS, stem)
            elif stem not in self._masks:
                blank = np.full(self._scribbles[stem], IGNORE_LABEL, np.uint8)
                self._save_labels("labels", stem, blank)
                self._report.add(WITHOUT_MASK, stem)
        if self._plan.background and not sum(p[0] for p in self.pixels.values()):
            self._report.add(NO_BACKGROUND, self._plan.names[0])
        if self._scribbles or self._masks:
            (self._root / "images").mkdir(exist_ok=True)
        (self._root / "classes.txt").write_text(class_lines(self._plan), "utf-8")
        if any(self._points.values()):
            text = json.dumps(self._points, indent=1, ensure_ascii=False)
            (self._root / "points.json").write_text(text, "utf-8")

    def _save_labels(self, folder: str, stem: str, labels: np.ndarray) -> None:
        """Writes a label map in the colours of the classes."""
        palette = np.zeros((256, 3), np.uint8)
        palette[: len(self._plan.palette)] = self._plan.palette
        palette[IGNORE_LABEL] = 224, 224, 192  # VOC's colour of no label
        picture = Image.fromarray(labels)
        self.pixels[folder] += np.array(picture.histogram())
        picture.putpalette(palette.tobytes())
        path = self._root / folder / f"{stem}.png"
        path.parent.mkdir(exist_ok=True)
        picture.save(path)

    def _save_photograph(
        self, folder: str, stem: str, name: str, photograph: Photograph
    ) -> None:
        """Writes a photograph, unchanged if it is a PNG or JPEG of 8 bits."""
        target = self._root / folder
        target.mkdir(exist_ok=True)
        if isinstance(photograph, bytes):
            suffix = ".jpg" if photograph[:2] == b"\xff\xd8" else ".png"
            (target / f"{stem}{suffix}").write_bytes(photograph)
        elif isinstance(photograph, np.ndarray):
            Image.fromarray(photograph).save(target / f"{stem}.png")
        elif is_ready(photograph):
            shutil.copyfile(photograph, target / f"{stem}{photograph.suffix}")
        else:
            pixels, scaled = as_rgb(photograph)
            self._report.add(SCALED if scaled else CONVERTED, name)
            Image.fromarray(pixels).save(target / f"{stem}.png")


def embedded_size(content: bytes) -> tuple[int, int] | None:
    """Returns upright (height, width) of a PNG or JPEG file, None if it is damaged."""
    try:
        return upright_size(content)
    except (ShapeError, FileError, OSError, ValueError):
        return None
