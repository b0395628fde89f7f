"""The one list of everything unusual that an import has met."""

import contextlib
from collections.abc import Iterator, Sequence

from tf_rloss.data.annotations.values import FAULTS, reason
from tf_rloss.data.source import printable

_MOST_SHOWN = 5

FAULTY = "faulty shapes were left out"


class Report:
    """Collects notes of the same kind in one place."""

    def __init__(self) -> None:
        self._places: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}

    def add(self, kind: str, where: str, count: int = 1) -> None:
        """Notes something.

        Args:
            kind: what it is, as a clause that fits any number of places.
            where: the place: an image, a shape, a class, with details.
            count: the number of things there.
        """
        self._places.setdefault(kind, []).append(where)
        self._counts[kind] = self._counts.get(kind, 0) + count

    @contextlib.contextmanager
    def faults(self, where: str, kind: str = FAULTY) -> Iterator[None]:
        """Notes a fault of the file in the block, which then ends, and goes on."""
        try:
            yield
        except FAULTS as error:
            self.add(kind, f"{where} {reason(error)}")

    def count(self, kind: str) -> int:
        """Returns how many things of a kind were noted."""
        return self._counts.get(kind, 0)

    def lines(self, most: int | None = _MOST_SHOWN) -> Sequence[str]:
        """Returns a line for each kind, and the first places below it.

        Args:
            most: places to show of each kind; None: all.
        """
        found = []
        for kind, places in self._places.items():
            found.append(f"{self._counts[kind]} x {kind}:")
            shown = places if most is None else places[:most]
            found += [f"    {printable(place)}" for place in shown]
            if len(shown) < len(places):
                found.append(f"    ... and {len(places) - len(shown)} more places")
        return found
