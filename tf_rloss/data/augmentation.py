"""Random zoom, crop, flip and colours of training images, and their padding."""

import dataclasses
import math

import tensorflow as tf

from tf_rloss.labels import IGNORE_LABEL

PADDING_COLOR = (124.0, 117.0, 104.0)
"""RGB colour of the padding: the mean of natural images, near zero once normalised."""
PADDING_VALUE = 115.0
"""Padding of images that are not RGB: the mean of that colour."""

_LUMA = (0.299, 0.587, 0.114)
_NUM_DRAWS = 7
_LIMITS = {"brightness": 255, "contrast": 1, "saturation": 1, "rotation": 180}


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """Random changes of training images. `Augmentation.none()` only crops the centre.

    Attributes:
        scale_range: smallest and largest zoom; the zoom is drawn log-uniformly.
        scales: the zooms to draw from, each as likely, in place of `scale_range`.
        flip: whether half of the images are mirrored, left to right.
        brightness: largest shift of all channels, in intensities from 0 to 255.
        contrast: largest relative change of the distance from the image's mean, 0 to 1.
        saturation: largest relative change of the distance from grey, 0 to 1.
        random_crop: whether the crop lies anywhere in the image, else at its centre.
        stretch: whether the whole image is resized to the size of the crop. Its aspect
            changes, and there is no zoom.
        vertical_flip: whether half of the images are turned upside down, for images
            that have no top, such as those of a microscope or from the air.
        rotation: largest rotation of the crop about its centre to either side, in
            degrees from 0 to 180. What lies outside the crop becomes padding.

    Raises:
        ValueError: if a setting is out of range.
    """

    scale_range: tuple[float, float] = (1.0, 1.4)
    scales: tuple[float, ...] | None = dataclasses.field(default=None, kw_only=True)
    flip: bool = True
    brightness: float = 24.0
    contrast: float = 0.2
    saturation: float = 0.2
    random_crop: bool = True
    stretch: bool = False
    vertical_flip: bool = dataclasses.field(default=False, kw_only=True)
    rotation: float = dataclasses.field(default=0.0, kw_only=True)

    def __post_init__(self):
        smallest, largest = self.scale_range
        if not 0.0 < smallest <= largest:
            raise ValueError(
                "`scale_range` must be (smallest, largest) zoom, both positive. "
                f"Received: scale_range={self.scale_range}"
            )
        if self.scales is not None and not all(x > 0.0 for x in self.scales or (0.0,)):
            raise ValueError(
                "`scales` must be None, or one or more zooms above 0. "
                f"Received: scales={self.scales}"
            )
        for name, limit in _LIMITS.items():
            if not 0.0 <= getattr(self, name) <= limit:
                raise ValueError(
                    f"`{name}` must be from 0 to {limit}. "
                    f"Received: {name}={getattr(self, name)}"
                )

    @classmethod
    def none(cls) -> "Augmentation":
        """Returns the augmentation that only crops the centre of an image."""
        return cls((1.0, 1.0), False, 0.0, 0.0, 0.0, False)

    def __call__(
        self, tensors: dict[str, tf.Tensor], crop_size: tuple[int, int], seed: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """Augments one image and its labels; the same seed gives the same result.

        Args:
            tensors: "image" uint8 (H, W, 3) or float32 (H, W, C), and any of
                "scribble", "mask" and "cues", uint8 (H, W), and "tags".
            crop_size: (height, width) of the result, in pixels.
            seed: int64 (2,), as for `tf.random.stateless_uniform`.

        Returns:
            "image" float32 (h, w, C) with the colours changed; "target_image" float32
            (h, w, C + 1) with the colours unchanged and the region of interest, 1 in
            the image and 0 in the padding; the label maps int32 (h, w), 255 in the
            padding; "tags" unchanged.
        """
        draws = tf.random.stateless_uniform((_NUM_DRAWS,), seed, alg="philox")
        zoom, row, column, mirror, *color = tf.unstack(draws)
        begin, length, zoomed = self._window(
            tensors["image"], crop_size, zoom, row, column
        )
        flipped = tf.logical_and(self.flip, mirror < 0.5)

        def cut(values, method):
            """Cuts the window out of (H, W, C), zooms and mirrors it."""
            values = tf.slice(values, [*begin, 0], [*length, -1])
            values = tf.image.resize(values, zoomed, method)
            return tf.cond(flipped, lambda: values[:, ::-1], lambda: values)

        def pad(values, padding):
            """Fills (h, w, C) up to the crop, below and to the right."""
            bottom, right = crop_size[0] - zoomed[0], crop_size[1] - zoomed[1]
            # A shift by `padding` and back pads with it, one value per channel.
            padded = tf.pad(values - padding, [[0, bottom], [0, right], [0, 0]])
            return tf.ensure_shape(padded + padding, (*crop_size, None))

        channels = tensors["image"].shape[-1]
        padding = PADDING_COLOR if channels == 3 else (PADDING_VALUE,) * channels
        true_colors = cut(tensors["image"], "bilinear")
        true_colors.set_shape((None, None, channels))
        region = pad(tf.ones((*zoomed, 1)), 0.0)
        result = {
            "image": pad(self._jitter(true_colors, color), padding),
            "target_image": tf.concat([pad(true_colors, padding), region], -1),
        }
        if "tags" in tensors:
            result["tags"] = tensors["tags"]
        for name in ("scribble", "mask", "cues"):
            if name not in tensors:
                continue
            labels = cut(tensors[name][..., None], "nearest")
            labels = pad(tf.cast(labels, tf.int32), IGNORE_LABEL)
            result[name] = labels[..., 0]
        result["image"].set_shape((*crop_size, channels))
        result["target_image"].set_shape((*crop_size, channels + 1))
        return self._turn(result, padding, seed)

    def _turn(self, crops, padding, seed):
        """Turns crops upside down and about their centre, by draws of their own."""
        if not (self.vertical_flip or self.rotation):
            return crops
        other_seed = seed + tf.constant((1 << 32, 0), seed.dtype)
        draws = tf.random.stateless_uniform((2,), other_seed, alg="philox")
        flipped = tf.logical_and(self.vertical_flip, draws[0] < 0.5)
        angle = (2.0 * draws[1] - 1.0) * self.rotation * math.pi / 180.0

        def turn(crop, method, fill):
            turned = tf.cond(flipped, lambda: crop[::-1], lambda: crop)
            turned = rotate(turned, angle, method, fill) if self.rotation else turned
            return tf.ensure_shape(turned, crop.shape)

        crops, tags = dict(crops), crops.get("tags")
        colors, region = tf.split(crops.pop("target_image"), [len(padding), 1], axis=-1)
        turned = {"image": turn(crops.pop("image"), "BILINEAR", padding)}
        colors = turn(colors, "BILINEAR", padding)
        # The region ends where labels end, at whole pixels.
        turned["target_image"] = tf.concat([colors, turn(region, "NEAREST", 0.0)], -1)
        for name in crops.keys() - {"tags"}:
            turned[name] = turn(crops[name], "NEAREST", IGNORE_LABEL)
        return turned if tags is None else {**turned, "tags": tags}

    def _window(self, image, crop_size, zoom, row, column):
        """Returns begin, length and zoomed length of the part to cut out, per axis."""
        scale = self._scale(zoom)
        if not self.random_crop:
            row = column = tf.constant(0.5)
        begin, length, zoomed = [], [], []
        for axis, (crop, place) in enumerate(
            ((crop_size[0], row), (crop_size[1], column))
        ):
            available = tf.shape(image)[axis]
            if self.stretch:
                begin.append(0)
                length.append(available)
                zoomed.append(crop)
                continue
            needed = tf.cast(tf.math.ceil(crop / scale), tf.int32)
            # Where the image is large enough the window fills the crop; else the
            # whole axis is used at the drawn scale, and the rest is padding.
            small = tf.cast(tf.round(tf.cast(available, tf.float32) * scale), tf.int32)
            fits = available >= needed
            length.append(tf.minimum(available, needed))
            zoomed.append(tf.where(fits, crop, tf.clip_by_value(small, 1, crop)))
            free = tf.cast(available - length[-1] + 1, tf.float32)
            last = available - length[-1]
            begin.append(tf.minimum(tf.cast(place * free, tf.int32), last))
        return begin, length, zoomed

    def _scale(self, draw):
        """Returns the zoom for a random number in [0, 1)."""
        if self.scales is not None:
            place = tf.cast(draw * len(self.scales), tf.int32)
            return tf.gather(self.scales, tf.minimum(place, len(self.scales) - 1))
        smallest, largest = self.scale_range
        return smallest * (largest / smallest) ** draw

    def _jitter(self, image, draws):
        """Changes saturation, contrast and brightness: one affine map of colours."""
        if self.brightness == self.contrast == self.saturation == 0.0:
            return image
        brightness, contrast, saturation = (2.0 * draw - 1.0 for draw in draws)
        contrast = 1.0 + self.contrast * contrast
        saturation = 1.0 + self.saturation * saturation
        # grey + saturation (x - grey), then mean + contrast (that - mean), for row
        # vectors x; grey is the luma of x (the mean of other channels than RGB), mean
        # the mean luma of the image.
        channels = image.shape[-1]
        luma = tf.constant(_LUMA if channels == 3 else (1.0 / channels,) * channels)
        to_grey = tf.tile(luma[:, None], [1, channels])
        matrix = contrast * (
            saturation * tf.eye(channels) + (1.0 - saturation) * to_grey
        )
        mean = tf.tensordot(tf.reduce_mean(image, [0, 1]), luma, 1)
        shift = (1.0 - contrast) * mean + self.brightness * brightness
        return tf.clip_by_value(tf.tensordot(image, matrix, 1) + shift, 0.0, 255.0)


def rotate(
    crop: tf.Tensor,
    angle: tf.Tensor,
    method: str,
    fill: float | tuple[float, ...],
) -> tf.Tensor:
    """Rotates a crop about its centre, clockwise on the screen.

    Args:
        crop: float or int32 tensor (H, W, C), or int32 (H, W).
        angle: angle in radians, a scalar.
        method: "BILINEAR", or "NEAREST" for labels.
        fill: the value outside the crop, one for all channels or one for each.

    Returns:
        Tensor of the same shape and type.
    """
    height, width = crop.shape[:2]
    row, column = (height - 1) / 2, (width - 1) / 2
    cos, sin = tf.cos(angle), tf.sin(angle)
    # Output (x, y) shows input (cos x + sin y + a, cos y - sin x + b).
    shift_x = column - cos * column - sin * row
    shift_y = row - cos * row + sin * column
    transform = tf.stack([cos, sin, shift_x, -sin, cos, shift_y, 0.0, 0.0])
    # A shift by `fill` and back fills with it, one value per channel.
    fill = tf.cast(fill, crop.dtype)
    turned = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.reshape(crop - fill, (1, height, width, -1)),
        transforms=transform[tf.newaxis],
        output_shape=(height, width),
        fill_value=0.0,
        interpolation=method,
        fill_mode="CONSTANT",
    )
    return tf.reshape(turned, tf.shape(crop)) + fill
