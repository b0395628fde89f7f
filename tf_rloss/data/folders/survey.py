"""Counts of labels in a folder, and what they say about likely mistakes."""

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np

from tf_rloss.data.source import first_few
from tf_rloss.labels import IGNORE_LABEL

_HOW_TO_IGNORE = "name it by `ignore_ids` (flag --ignore_id)"


@dataclasses.dataclass(frozen=True, eq=False)
class LabelCounts:
    """Counts over all label maps of a kind.

    Attributes:
        files: number of label maps that could be read.
        pixels: int64 (256,), pixels of each id; 255 has those without a label.
        images: int64 (256,), label maps in which each id occurs.
        whole: names of the label maps in which every pixel has a label.
    """

    files: int
    pixels: np.ndarray
    images: np.ndarray
    whole: tuple[str, ...]

    @classmethod
    def of(cls, label_maps: Iterable[tuple[str, dict[int, int]]]) -> "LabelCounts":
        """Adds up pairs of a name and {id: pixels}."""
        files, whole = 0, []
        pixels, images = (np.zeros(256, np.int64) for _ in range(2))
        for name, counts in label_maps:
            files += 1
            for label, count in counts.items():
                pixels[label] += count
                images[label] += 1
            if IGNORE_LABEL not in counts:
                whole.append(name)
        return cls(files, pixels, images, tuple(whole))

    @property
    def ids(self) -> list[int]:
        """The ids that occur, without 255."""
        return np.flatnonzero(self.pixels[:IGNORE_LABEL]).tolist()

    @property
    def labelled_share(self) -> float:
        """Share of the pixels that have a label."""
        return 1.0 - self.pixels[IGNORE_LABEL] / max(self.pixels.sum(), 1)


@dataclasses.dataclass(frozen=True, eq=False)
class Survey:
    """What the label maps of a folder hold.

    Attributes:
        images: number of images.
        scribbles: counts of scribbles/, None without this folder.
        masks: counts of labels/, None without this folder.
    """

    images: int
    scribbles: LabelCounts | None
    masks: LabelCounts | None

    def refusals(self, known: bool) -> list[str]:
        """Returns mistakes with which no training can make sense.

        Args:
            known: whether the classes are named or their number is given; else it
                follows from the ids, which then have to be plausible.
        """
        found = []
        if self.scribbles is not None:
            found += _without_unlabelled(self.scribbles)
        if self.masks is not None:
            found += _of_one_class(self.masks)
        if not known:
            found += _gaps(self._ids)
            found += self._scribbled_only("if it is a class, give classes.txt")
        return found

    def warnings(self, class_names: Sequence[str]) -> list[str]:
        """Returns what is unusual and can be a mistake.

        Args:
            class_names: name of each class.
        """
        found = []
        if self.scribbles is not None and self.scribbles.whole:
            names = self.scribbles.whole
            found.append(
                f"{len(names)} of {self.scribbles.files} scribbles label every pixel: "
                f"{first_few(names)}"
            )
        if self.masks is not None and self.images > self.masks.files:
            found.append(
                f"{self.images - self.masks.files} of {self.images} images have no "
                "mask in labels/"
            )
        found += self._scribbled_only("its IoU will say nothing")
        for kind, counts in self.kinds.items():
            missing = sorted(set(range(len(class_names))) - set(counts.ids))
            if missing and counts.files:
                shown = first_few([f"{k} {class_names[k]!r}" for k in missing])
                found.append(f"{kind} have no pixel of class {shown}")
        return found

    @property
    def kinds(self) -> dict[str, LabelCounts]:
        """The counts of "scribbles" and of "masks", of those that there are."""
        both = {"scribbles": self.scribbles, "masks": self.masks}
        return {kind: counts for kind, counts in both.items() if counts is not None}

    @property
    def _ids(self) -> list[int]:
        return sorted({k for counts in self.kinds.values() for k in counts.ids})

    def _scribbled_only(self, advice: str) -> list[str]:
        """Returns a sentence about ids that scribbles have and masks lack."""
        if self.scribbles is None or self.masks is None:
            return []
        only = [k for k in self.scribbles.ids if k not in self.masks.ids]
        return [
            f"scribbles/: id {k} is in {self.scribbles.images[k]} scribbles and in no "
            f"mask of labels/; if it marks pixels without a label, {_HOW_TO_IGNORE}; "
            f"{advice}"
            for k in only
        ]


def _without_unlabelled(scribbles: LabelCounts) -> list[str]:
    """Refuses scribbles of which none has a pixel without a label."""
    if not scribbles.files or len(scribbles.whole) < scribbles.files:
        return []
    label = int(scribbles.pixels.argmax())
    share = 100 * scribbles.pixels[label] / scribbles.pixels.sum()
    return [
        f"scribbles/: no file has a pixel of 255, which means unlabelled. Id {label} "
        f"has {share:.0f} % of the pixels: if it marks pixels without a label, "
        f"{_HOW_TO_IGNORE}; if every pixel is labelled, the files belong in labels/"
    ]


def _of_one_class(masks: LabelCounts) -> list[str]:
    """Refuses masks that hold 0 and 255 only."""
    if masks.ids != [0] or not masks.pixels[IGNORE_LABEL]:
        return []
    return [
        "labels/: holds id 0 and 255 only, and 255 means unlabelled. If 255 marks an "
        "object, write 1 in its place"
    ]


def _gaps(ids: list[int]) -> list[str]:
    """Refuses ids between which as many are missing as there are."""
    missing = sorted(set(range(1, max(ids, default=0))) - set(ids))
    if len(missing) < max(len(ids), 1):
        return []
    shown, lacking = (first_few([str(k) for k in some]) for some in (ids, missing))
    return [
        f"ids {shown} leave gaps: {lacking} occur nowhere. If {ids[-1]} marks pixels "
        f"without a label, {_HOW_TO_IGNORE}; if the ids are right, name the "
        "classes in classes.txt or give their number"
    ]
