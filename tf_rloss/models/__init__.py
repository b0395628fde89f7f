"""Segmenters: functions that return a Keras model from an image to probabilities."""

from tf_rloss.models.small_deeplab import SmallDeepLab

_BUILDERS = {"small_deeplab": SmallDeepLab}

NAMES = tuple(_BUILDERS)
"""Names which `build` knows."""


def build(name, num_classes):
    """Builds the segmenter called `name`, see `NAMES`."""
    if name not in _BUILDERS:
        raise ValueError(
            f"`name` must be one of {', '.join(NAMES)}. Received: name={name!r}"
        )
    return _BUILDERS[name](num_classes)


__all__ = ["NAMES", "SmallDeepLab", "build"]
