"""Scribbles on disk: read with their version, and written if nobody else did.

The page sends all operations since the version of the file that it began with, the
base. So an undone stroke is one that is no longer sent, and what was sent twice is
saved once.
"""

import hashlib
import threading
from collections.abc import Sequence

import numpy as np

from tf_rloss.data.image_files import FileError, inspect_image
from tf_rloss.data.label_maps import read_label_map
from tf_rloss.files import atomic_file
from tf_rloss.labels import IGNORE_LABEL
from tf_rloss.visualization import label_png

from .bounded_cache import BoundedCache
from .folder import Folder, Photograph
from .operations import Operation, paint

NO_FILE = "none"
"""Version of a scribble that does not exist."""
_BASES = 64 << 20  # bytes


_Latest = tuple[Photograph | None, str, tuple[Operation, ...], np.ndarray | None]
"""A photograph, a version, operations on it, and the labels that they led to."""


class ConflictError(Exception):
    """The scribble is not what the page believes.

    Attributes:
        version: the version of the file.
        reason: "changed" if somebody else has written it; "base" if the version that
            the operations begin with is not known any more.
    """

    def __init__(self, version: str, reason: str):
        super().__init__(reason)
        self.version, self.reason = version, reason


class Scribbles:
    """The scribbles of a folder."""

    def __init__(self, folder: Folder):
        self._folder = folder
        self._bases = BoundedCache(_BASES)
        self._lock = threading.Lock()
        self._latest: _Latest = None, "", (), None

    def version(self, photograph: Photograph) -> str:
        """Returns the version of a scribble, which the page can then begin with."""
        content = _read(photograph)
        version = _version(content)
        if content is not None:
            self._bases.put(version, content)
        return version

    def labels(self, photograph: Photograph, version: str) -> np.ndarray:
        """Returns the labels (H, W), uint8 with 255 for none, of a known version.

        Raises:
            ConflictError: if the version is not known.
            FileError: if the file is no scribble of this photograph.
        """
        if version == NO_FILE:
            size = inspect_image(photograph.image)
            return np.full(size, IGNORE_LABEL, np.uint8)
        return self._decode(photograph, self._base(photograph, version))

    def save(
        self,
        photograph: Photograph,
        base: str,
        version: str,
        operations: Sequence[Operation],
    ) -> str:
        """Writes a version of the scribble with operations on it.

        A scribble without a label is deleted, since no training can use it.

        Args:
            photograph: the photograph.
            base: the version to apply the operations to.
            version: the version that the page has seen last.
            operations: strokes and boxes.

        Returns:
            The version of the file.

        Raises:
            ConflictError: if the file is neither the version that the page has seen
                nor already what is to be written, or the base is not known.
            FileError: if a file is damaged.
            OSError: if the file cannot be written.
        """
        with self._lock:
            current = _version(_read(photograph))
            content = self._content(photograph, base, operations)
            if _version(content) == current:
                return current
            if version != current:
                raise ConflictError(current, "changed")
            if content is None:
                photograph.scribble.unlink(missing_ok=True)
            else:
                with atomic_file(photograph.scribble) as temporary:
                    temporary.write_bytes(content)
            return _version(content)

    def _content(
        self, photograph: Photograph, base: str, operations: Sequence[Operation]
    ) -> bytes | None:
        """Returns the content of the file; None if nothing is labelled."""
        if not operations:
            return None if base == NO_FILE else self._base(photograph, base)
        labels = self._paint(photograph, base, tuple(operations))
        if (labels == IGNORE_LABEL).all():
            return None
        return label_png(labels, self._folder.palette)

    def _paint(
        self, photograph: Photograph, base: str, operations: tuple[Operation, ...]
    ) -> np.ndarray:
        """Returns the labels after some operations, most of which were done before."""
        name, known, done, labels = self._latest
        if (name, known, done) != (photograph, base, operations[: len(done)]):
            done, labels = (), self.labels(photograph, base)
        labels = paint(labels, operations[len(done) :])
        self._latest = photograph, base, operations, labels
        return labels

    def _base(self, photograph: Photograph, version: str) -> bytes:
        """Returns the content of a version."""
        known = self._bases.get(version)
        if known is not None:
            return known
        content = _read(photograph)
        if content is None or _version(content) != version:
            raise ConflictError(_version(content), "base")
        self._bases.put(version, content)
        return content

    def _decode(self, photograph: Photograph, content: bytes) -> np.ndarray:
        classes = self._folder.classes
        try:
            labels = read_label_map(
                content, self._folder.palette, ignore_colors=classes.unlabelled
            )
            height, width = inspect_image(photograph.image)
            if labels.shape != (height, width):
                found = f"{labels.shape[1]} x {labels.shape[0]}"
                raise FileError(f"is {found} px, its image {width} x {height} px")
            largest = labels.max(where=labels != IGNORE_LABEL, initial=0)
            if largest >= len(classes.names):
                raise FileError(
                    f"has label {largest}, outside 0 to {len(classes.names) - 1}"
                )
        except FileError as error:
            raise FileError(f"scribbles/{photograph.scribble.name}: {error}") from error
        return labels


def _read(photograph: Photograph) -> bytes | None:
    """Returns the content of the scribble, None if there is none."""
    try:
        return photograph.scribble.read_bytes()
    except FileNotFoundError:
        return None


def _version(content: bytes | None) -> str:
    return NO_FILE if content is None else hashlib.sha256(content).hexdigest()[:32]
