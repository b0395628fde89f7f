"""How the files of images become arrays: channels, and the range of their values."""

import contextlib
import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tf_rloss.checks import check_integer
from tf_rloss.data.image_files import FileError, inspect_image, read_image
from tf_rloss.data.image_values import read_values, resize_image

MOST_CHANNELS = 6
_NARROW = 64.0
"""Values of a channel that differ by less than this, of 255, are perhaps misread: those
of 14 bits in files of 16 do."""
_SAMPLE = 2_000_000
"""Pixels of all images together from which percentiles are taken."""


@dataclasses.dataclass(frozen=True)
class ImageForm:
    """The form of images: 8-bit RGB, or any channels whose values become 0 to 255.

    Attributes:
        channels: None for 8-bit RGB, uint8 arrays (H, W, 3). Or the number of channels
            C, from 1 to 6: then images are float32 arrays (H, W, C) from 0 to 255, read
            from grey, 16-bit and TIFF files, too.
        value_range: the values in the files that become 0 and 255, (low, high), or such
            a pair for each channel. Values beyond become 0 or 255. None for the whole
            range of the type in the files, such as 0 to 65535 of 16 bits.
        rgb_channels: the three channels, from 0, that pictures show as red, green and
            blue. None for the first three; of fewer, the first is shown as grey.

    Raises:
        ValueError: if an attribute is out of range, or given without `channels`.
    """

    channels: int | None = None
    value_range: Sequence[float] | Sequence[Sequence[float]] | None = None
    rgb_channels: Sequence[int] | None = None

    def __post_init__(self) -> None:
        if self.channels is None:
            for name in ("value_range", "rgb_channels"):
                if getattr(self, name) is not None:
                    raise ValueError(f"`{name}` needs `channels`.")
            return
        check_integer("channels", self.channels, 1, MOST_CHANNELS)
        if self.value_range is not None:
            object.__setattr__(self, "value_range", self._checked_range())
        if self.rgb_channels is not None:
            chosen = tuple(self.rgb_channels)
            if len(chosen) != 3 or not set(chosen) <= set(range(self.channels)):
                raise ValueError(
                    f"`rgb_channels` must be three of the channels 0 to "
                    f"{self.channels - 1}. Received: rgb_channels={chosen}"
                )
            object.__setattr__(self, "rgb_channels", tuple(map(int, chosen)))

    def _checked_range(self) -> tuple:
        """Returns `value_range` as tuples, after a check."""
        pairs = np.array(self.value_range, np.float64)
        if pairs.shape in ((2,), (self.channels, 2)):
            low, high = pairs[..., 0], pairs[..., 1]
            if np.all(np.isfinite(pairs)) and np.all(low < high):
                listed = pairs.tolist()
                return tuple(listed if pairs.ndim == 1 else map(tuple, listed))
        raise ValueError(
            "`value_range` must be two finite numbers, the smaller first, or two for "
            f"each of {self.channels} channels. "
            f"Received: value_range={self.value_range}"
        )

    @classmethod
    def of(cls, described: Mapping[str, Any] | None) -> "ImageForm":
        """Returns the form of a description that `described` returned."""
        return cls(**(described or {}))

    @property
    def described(self) -> dict[str, Any]:
        """The attributes that are given, as JSON values."""
        given = {n: v for n, v in dataclasses.asdict(self).items() if v is not None}
        if self.value_range is not None:
            given["value_range"] = np.array(self.value_range).tolist()
        if self.rgb_channels is not None:
            given["rgb_channels"] = list(self.rgb_channels)
        return given

    @property
    def num_channels(self) -> int:
        """Number of channels of the arrays."""
        return 3 if self.channels is None else self.channels

    @property
    def dtype(self) -> np.dtype:
        """Type of the arrays."""
        return np.dtype(np.uint8 if self.channels is None else np.float32)

    def read(self, path: Path, scale: float = 1.0) -> np.ndarray:
        """Reads an image, upright.

        Args:
            path: PNG, JPEG, WebP or, with `channels`, TIFF file.
            scale: zoom, with antialiasing where it is below 1.

        Returns:
            Array (H, W, C) of `dtype`.

        Raises:
            FileError: if the file is damaged, or of another form.
        """
        if self.channels is None:
            return read_image(path, scale)
        image = self._scaled(read_values(path, self.channels))
        size = tuple(max(1, round(side * scale)) for side in image.shape[:2])
        return resize_image(image, size)

    def inspect(self, path: Path) -> tuple[tuple[int, int], np.ndarray | None]:
        """Looks for damage in an image.

        Returns:
            Its upright (height, width), and with `channels` the smallest and the
            largest value of each channel, from 0 to 255, float32 (2, C).

        Raises:
            FileError: if the file is damaged, or of another form.
        """
        if self.channels is None:
            return inspect_image(path), None
        image = self.read(path)
        return image.shape[:2], np.stack([image.min((0, 1)), image.max((0, 1))])

    def doubts(self, extremes: np.ndarray) -> list[str]:
        """Returns a sentence about channels whose values look alike after scaling.

        Args:
            extremes: the smallest and the largest value of each channel in all images,
                from 0 to 255, (2, C).
        """
        used = extremes[1] - extremes[0]
        narrow = np.flatnonzero(used < _NARROW)
        if not len(narrow):
            return []
        which = f"channel {', '.join(map(str, narrow))} of " * (self.channels > 1)
        share = 100 * used[narrow].max() / 255
        return [
            f"images/: {which}the images use {share:.1f} % of the range of values or "
            "less; if their files hold fewer bits than they could, such as 12 of 16, "
            "give the range (`value_range`, flag --value_range=0,4095) or percentiles "
            "(--percentiles=1,99)"
        ]

    def _scaled(self, values: np.ndarray) -> np.ndarray:
        """Returns values of a file as float32 from 0 to 255."""
        if self.value_range is not None:
            low, high = np.moveaxis(np.array(self.value_range, np.float64), -1, 0)
        elif values.dtype.kind == "u":
            low, high = 0.0, float(np.iinfo(values.dtype).max)
        else:
            raise FileError(
                f"holds {values.dtype}, which has no usual range: give `value_range` "
                "(flag --value_range), or percentiles (--percentiles)"
            )
        scaled = (values.astype(np.float64) - low) * (255.0 / (high - low))
        return np.clip(scaled, 0.0, 255.0).astype(np.float32)

    def with_percentiles(
        self, paths: Sequence[Path], percentiles: tuple[float, float]
    ) -> "ImageForm":
        """Returns the form whose range is given by percentiles of each channel.

        Args:
            paths: the images; of many, or large ones, some of the pixels are taken.
                Those that cannot be read are left out.
            percentiles: the percentiles that become 0 and 255, such as (1, 99).

        Raises:
            ValueError: if `channels` is None or `value_range` is given, percentiles are
                out of range, or a channel has one value only.
        """
        first, last = percentiles
        if self.channels is None or self.value_range is not None:
            raise ValueError("`percentiles` need `channels`, and no `value_range`.")
        if not 0.0 <= first < last <= 100.0:
            raise ValueError(
                "`percentiles` must be two numbers from 0 to 100, the smaller first. "
                f"Received: percentiles={percentiles}"
            )
        most = max(_SAMPLE // max(len(paths), 1), 1)
        sample = []
        for path in paths:
            with contextlib.suppress(FileError):
                image = read_values(path, self.channels)
                step = math.ceil(math.sqrt(image[..., 0].size / most))
                image = image[::step, ::step].astype(np.float64)
                sample.append(image.reshape(-1, self.channels))
        if not sample:
            return self
        low, high = np.percentile(np.concatenate(sample), percentiles, axis=0)
        if np.any(low >= high):
            constant = ", ".join(map(str, np.flatnonzero(low >= high)))
            raise ValueError(
                f"The percentiles {first:g} and {last:g} of channel {constant} are the "
                "same number, which cannot become 0 and 255."
            )
        pairs = np.stack([low, high], axis=-1).tolist()
        return dataclasses.replace(self, value_range=pairs)

    def picture(
        self, image: np.ndarray, size: tuple[int, int] | None = None
    ) -> np.ndarray:
        """Returns an image (H, W, C) as it is shown: uint8, RGB.

        Args:
            image: the image, as `read` returns it.
            size: height and width of the result; None: those of the image.
        """
        if self.channels is not None:
            shown = self.rgb_channels
            shown = shown or ((0, 1, 2) if self.channels >= 3 else (0, 0, 0))
            image = np.rint(image[..., list(shown)]).astype(np.uint8)
        if size is None or size == image.shape[:2]:
            return image
        return np.asarray(Image.fromarray(image).resize(size[::-1]))


RGB = ImageForm()
"""The form of images in 8-bit RGB, the usual one."""
