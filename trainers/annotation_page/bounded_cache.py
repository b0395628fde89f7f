"""A cache of bytes that forgets what was used longest ago."""

import collections
import threading
from collections.abc import Hashable


class BoundedCache:
    """Values in memory by their keys, for several threads.

    Args:
        most_bytes: the values that were used last stay, up to this size in all.
    """

    def __init__(self, most_bytes: int):
        self._most = most_bytes
        self._size = 0
        self._values: collections.OrderedDict[Hashable, bytes] = (
            collections.OrderedDict()
        )
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> bytes | None:
        """Returns a value, or None if it is not there or was forgotten."""
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def put(self, key: Hashable, value: bytes) -> None:
        """Keeps a value; the newest one is kept whatever its size."""
        with self._lock:
            self._size += len(value) - len(self._values.pop(key, b""))
            self._values[key] = value
            while self._size > self._most and len(self._values) > 1:
                self._size -= len(self._values.popitem(last=False)[1])
