"""The problems on which the filter and the losses are measured."""

import dataclasses
import itertools
import os
import pathlib
from collections.abc import Sequence

import numpy as np

from benchmarks.harness import photographs

PRESETS = ("quick", "default", "full")


@dataclasses.dataclass(frozen=True)
class Scenario:
    """A batch of square photographs and what to filter on it.

    Attributes:
        size: side of the photographs in pixels.
        channels: of the values.
        bandwidths: sigma_xy in pixels and sigma_color in intensities.
        threads: for contestants that can use several.
        batch: number of photographs.
    """

    size: int = 513
    channels: int = 21
    bandwidths: tuple[float, float] = (100.0, 15.0)
    threads: int = os.cpu_count() or 1
    batch: int = 1

    def __str__(self):
        sigma_xy, sigma_color = self.bandwidths
        return (
            f"{self.batch} x {self.size} x {self.size}, K {self.channels}, "
            f"sigma {sigma_xy:g} px / {sigma_color:g}, {self.threads} thread"
            + ("s" if self.threads > 1 else "")
        )

    def row(self) -> dict:
        """Returns the columns that describe the problem in a CSV file."""
        columns = dataclasses.asdict(self)
        sigma_xy, sigma_color = columns.pop("bandwidths")
        return {
            "problem": str(self),
            **columns,
            "sigma_xy": sigma_xy,
            "sigma_color": sigma_color,
        }

    def write(self, names: Sequence[str], folder: pathlib.Path) -> dict:
        """Writes the photographs to a folder, for workers to read.

        Args:
            names: of the photographs; see photographs.load.
            folder: an existing folder.

        Returns:
            The arguments of contestants.problem.Problem, as JSON values.
        """
        path = folder / "images.npy"
        np.save(path, photographs.batch(names, self.size, self.batch))
        sigma_xy, sigma_color = self.bandwidths
        return {
            "images": str(path),
            "channels": self.channels,
            "sigma_xy": sigma_xy,
            "sigma_color": sigma_color,
        }

    @property
    def compulsory_bytes(self) -> int:
        """Bytes that any filter must move: features and values in, the result out."""
        numbers = 5 + 2 * self.channels
        return 4 * self.batch * self.size**2 * numbers


def product(axes: dict[str, Sequence]) -> list[Scenario]:
    """Combines values of attributes of `Scenario`; the others keep their defaults.

    Args:
        axes: attribute -> its values. Those without a value are left out.
    """
    axes = {name: values for name, values in axes.items() if values}
    return [
        Scenario(**dict(zip(axes, combination, strict=True)))
        for combination in itertools.product(*axes.values())
    ]


def preset(name: str) -> list[Scenario]:
    """Returns the problems of a preset.

    "quick" is one small problem, "default" has the sizes that papers use, and "full"
    varies one property at a time.
    """
    threads = sorted({1, os.cpu_count() or 1})
    if name == "quick":
        return [Scenario(size=257)]
    common = product({"channels": [2, 21], "threads": threads})
    small_bandwidths = [Scenario(bandwidths=(80.0, 3.0))]
    if name == "default":
        return common + small_bandwidths
    return (
        common
        + product({"channels": [1, 150]})
        + product({"bandwidths": [(60.0, 10.0), (50.0, 5.0)]})
        + small_bandwidths
        + product({"size": [257, 1025, 2049]})
        + product({"batch": [4]})
    )
