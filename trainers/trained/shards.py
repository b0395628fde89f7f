"""Parts of a set of images, for jobs of an array."""

import dataclasses
import pathlib
import re
from collections.abc import Sequence
from typing import TypeVar

from ..errors import UserError

Item = TypeVar("Item")


@dataclasses.dataclass(frozen=True)
class Shard:
    """Part `number`, from 1, of `count` parts of about the same size."""

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """Reads the flag `--shard`, such as 3/16.

        Raises:
            UserError: if it is not of that form.
        """
        found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
        shard = cls(int(found[1]), int(found[2])) if found else cls(0, 0)
        if not 1 <= shard.number <= shard.count:
            raise UserError(
                "--shard must be NUMBER/COUNT with a number from 1 to the count, such "
                f"as 3/16. Received: --shard={text}"
            )
        return shard

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def take(self, items: Sequence[Item]) -> list[Item]:
        """Returns every `count`-th item, starting with the `number`-th.

        Raises:
            UserError: if there are fewer items than parts.
        """
        if len(items) < self.count:
            raise UserError(
                f"--shard={self} makes {self.count} parts of {len(items)} images. Give "
                f"{len(items)} parts at most."
            )
        return list(items[self.number - 1 :: self.count])

    def folder(self, whole: pathlib.Path) -> pathlib.Path:
        """Returns the folder for the scores of a part below that of all."""
        return whole / f"shard{self.number}of{self.count}"
