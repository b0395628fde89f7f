"""The arguments of the quadratic forms in custom_ops/gpu/c_api/c_api.h."""

import ctypes
import math
from typing import Any, NamedTuple

import numpy as np

VALUE_TYPES = ("float32", "float64", "float16", "bfloat16")  # in C by their numbers


class Forms(NamedTuple):
    """The quadratic forms of values S (B, N, K) and factors R of the pixels (B, N).

    The arrays may be of any library.
    """

    filtered: Any  # (B, N, K)  R W R S
    degrees: Any  # (B, N)     R W R 1
    within: Any  # (B, K)      S_k' R W R S_k
    degree: Any  # (B, K)      S_k' R W R 1
    total: Any  # (B,)         1' R W R 1

    @classmethod
    def full(cls, images: int, points: int, channels: int, dtype) -> "Forms":
        """Returns NumPy arrays full of 77, which no form should be."""
        of_images = [(images, channels), (images, channels), (images,)]
        shapes = [(images, points, channels), (images, points), *of_images]
        return cls(*(np.full(shape, 77, dtype) for shape in shapes))


class Bandwidths(NamedTuple):
    """The bandwidths of the kernel."""

    position: float  # in pixels, of all axes
    color: float  # in units of the image, of all channels


class CImages(ctypes.Structure):
    """`RlossImages`."""

    _fields_ = (
        ("image", ctypes.c_void_p),
        ("images", ctypes.c_int64),
        ("points", ctypes.c_int64),
        ("height", ctypes.c_int64),
        ("width", ctypes.c_int64),
        ("axes", ctypes.c_int),
        ("colours", ctypes.c_int),
        ("sigma_xyz", ctypes.c_float),
        ("sigma_color", ctypes.c_float),
        ("type", ctypes.c_int),
        ("equalized", ctypes.c_int),
    )


class CForms(ctypes.Structure):
    """`RlossForms`."""

    _fields_ = tuple((name, ctypes.c_void_p) for name in Forms._fields)


class CDerivatives(ctypes.Structure):
    """`RlossFormsDerivatives`."""

    _fields_ = tuple((name, ctypes.c_void_p) for name in Forms._fields[:4])


def describe_images(
    image,
    pointer: int,
    value_type: str,
    bandwidths: Bandwidths,
    equalized: bool = False,
) -> CImages:
    """Describes images to the library.

    Args:
        image: (B, H, W, C), or a volume (B, D, H, W, C).
        pointer: address of its memory.
        value_type: one of `VALUE_TYPES`.
        bandwidths: of the kernel.
        equalized: whether the lattice is.
    """
    images, *pixels, colours = image.shape
    kind = VALUE_TYPES.index(value_type)
    sizes = (images, math.prod(pixels), *pixels[-2:], len(pixels), colours)
    return CImages(pointer, *sizes, *bandwidths, kind, int(equalized))
