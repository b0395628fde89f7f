"""Reads single records of the files that TFDS keeps a prepared data set in."""

import struct
import threading
from collections.abc import Sequence
from pathlib import Path

from tf_rloss.data.source import DataError

# A record: length (8 bytes, little endian), its checksum (4), content, checksum (4).
_HEADER, _CHECKSUM = 12, 4


class TFRecordFile:
    """An uncompressed TFRecord file, whose records can be read in any order.

    Opening it reads the lengths of the records only, and keeps the place of each in
    memory. Many threads can read at once.

    Args:
        path: the file.

    Raises:
        DataError: if the file ends within a record.
    """

    def __init__(self, path: str | Path):
        self._path = Path(path)
        self._places: list[tuple[int, int]] = []
        size = self._path.stat().st_size
        begin = 0
        with open(self._path, "rb") as file:
            while begin < size:
                file.seek(begin)
                header = file.read(_HEADER)
                length = (
                    struct.unpack("<Q", header[:8])[0] if len(header) == 12 else size
                )
                end = begin + _HEADER + length + _CHECKSUM
                if end > size:
                    raise DataError(
                        f"{path}: is damaged or compressed; TFDS prepares data anew "
                        "when its folder is deleted."
                    )
                self._places.append((begin + _HEADER, length))
                begin = end

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> bytes:
        begin, length = self._places[index]
        with open(self._path, "rb") as file:
            file.seek(begin)
            return file.read(length)


class ArrayRecordFile:
    """An ArrayRecord file, whose records can be read in any order.

    Many threads can read at once.

    Args:
        path: the file.
    """

    def __init__(self, path: str | Path):
        from array_record.python import array_record_module  # comes with TFDS

        self._reader = array_record_module.ArrayRecordReader(str(path))
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self._reader.num_records()

    def __getitem__(self, index: int) -> bytes:
        with self._lock:
            return self._reader.read([index])[0]


_FILES = {"tfrecord": TFRecordFile, "array_record": ArrayRecordFile}


class Records(Sequence):
    """The serialized examples of a split, from one or several files.

    Args:
        file_format: "tfrecord" or "array_record".
        parts: (path, first, count) for each file: the split has `count` of its records,
            from number `first` on; -1 means all from there.

    Raises:
        DataError: if the format is another one, or a file is damaged.
    """

    def __init__(self, file_format: str, parts: Sequence[tuple[str, int, int]]):
        if file_format not in _FILES:
            raise DataError(
                f"TFDS data sets are read in the format {' or '.join(_FILES)}. "
                f"Received: {file_format!r}; prepare the data set anew in one of them."
            )
        self._records = []
        for path, first, count in parts:
            file = _FILES[file_format](path)
            last = len(file) if count < 0 else first + count
            self._records += [(file, index) for index in range(first, last)]

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, index: int) -> bytes:
        file, place = self._records[index]
        return file[place]
