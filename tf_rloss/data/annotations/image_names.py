"""Names of the written files: those of the images, made unique and safe."""

from collections import Counter
from collections.abc import Sequence

from tf_rloss.data.annotations.photographs import ALL_SUFFIXES
from tf_rloss.data.annotations.report import Report

_MOST_BYTES = 200

RENAMED = "images are written under another name, since several have the same one"


def file_stems(names: Sequence[str], report: Report) -> list[str]:
    """Returns a unique file name without ending for each image.

    It is the last part of the image's name. Where several have the same one, the names
    of their folders, and at last a number, tell them apart.

    Args:
        names: names of the images, with "/" between folders.
        report: gets a note for each image whose name changes.
    """
    parts = [_parts(name) for name in names]
    plain = [path[-1] for path in parts]
    total = Counter(plain)
    longer = ["_".join(path) for path in parts]
    chosen = [
        stem if total[stem] == 1 else long
        for stem, long in zip(plain, longer, strict=True)
    ]
    used: set[str] = set()
    for place, stem in enumerate(chosen):
        number = 1
        while chosen[place] in used:
            number += 1
            chosen[place] = f"{stem}_{number}"
        used.add(chosen[place])
        if chosen[place] != plain[place]:
            report.add(RENAMED, f"{names[place]} is {chosen[place]}")
    return chosen


def _parts(name: str) -> list[str]:
    """Returns the folders and the stem in a name, in which nothing leads elsewhere."""
    path = name.replace("\\", "/").split("?")[0]
    parts = [_safe(part) for part in path.split("/")]
    parts = [part for part in parts if part]
    if not parts:
        return ["image"]
    for suffix in ALL_SUFFIXES:
        if parts[-1].lower().endswith(suffix) and len(parts[-1]) > len(suffix):
            parts[-1] = parts[-1][: -len(suffix)]
            break
    return parts


def _safe(part: str) -> str:
    """Returns a name of a file that is visible, printable and short enough."""
    text = "".join(c if c.isprintable() and c != ":" else "_" for c in part)
    text = text.strip(" .")
    while len(text.encode("utf-8", "replace")) > _MOST_BYTES:
        text = text[:-1]
    return text.encode("utf-8", "replace").decode("utf-8")
