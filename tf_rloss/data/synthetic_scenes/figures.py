"""Draws the figures of the synthetic scenes, each as a list of brush strokes.

A figure stands on the ground at the origin and looks in the direction of x; y points
upwards, and the figure's height is about 1. A stroke is the track of a round brush that
moves along a curve and changes its radius. Legs, bodies, leaves and petals are all such
strokes.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class Stroke(NamedTuple):
    """One part of a figure.

    Attributes:
        points: float (n, 2), x and y of the points along the curve.
        radii: float (n,), radius of the brush at each point.
        paint: the colour, one of the figure's "coat", "shade" (the coat in shadow),
            "accent" and "dark".
    """

    points: np.ndarray
    radii: np.ndarray
    paint: str


def curve(points: ArrayLike, count: int = 8) -> np.ndarray:
    """Returns points on the quadratic Bezier curve of three points.

    Args:
        points: float (3, 2), where the curve starts, leans to and ends.
        count: number of points to return.

    Returns:
        float (count, 2).
    """
    start, middle, end = np.asarray(points, float)
    t = np.linspace(0.0, 1.0, count)[:, None]
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end


def _shift(point, x, y):
    """Returns the point moved by (x, y)."""
    return np.array([point[0] + x, point[1] + y])


def _line(points, radii, paint="coat"):
    """Returns a stroke of straight lines."""
    return Stroke(np.asarray(points, float), np.asarray(radii, float), paint)


def _bow(points, radii, paint="coat", count=8):
    """Returns a curved stroke, whose radii are interpolated from a few."""
    along = np.linspace(0.0, 1.0, count)
    given = np.linspace(0.0, 1.0, len(radii))
    return Stroke(curve(points, count), np.interp(along, given, radii), paint)


def _leg(rng, hip, length, thigh, ankle, paint):
    """Returns a leg from the hip down to the ground, bent a little at the knee."""
    stride = rng.uniform(-0.09, 0.09)
    knee = (hip[0] + stride + rng.uniform(-0.03, 0.03), 0.5 * length)
    foot = (hip[0] + 1.2 * stride, ankle)
    toe = (foot[0] + 0.03, ankle)
    return _line([hip, knee, foot, toe], [thigh, 1.2 * ankle, ankle, ankle], paint)


def animal(rng: np.random.Generator) -> list[Stroke]:
    """Returns an animal with body, neck, head, ears, tail and four thin legs."""
    legs = rng.uniform(0.38, 0.48)
    half = rng.uniform(0.24, 0.34)
    thick = rng.uniform(0.15, 0.19)
    spine = legs + thick
    ankle = rng.uniform(0.033, 0.040)
    head = np.array([half + rng.uniform(0.14, 0.24), rng.uniform(0.88, 1.0)])
    nose = _shift(head, rng.uniform(0.12, 0.17), -rng.uniform(0.03, 0.09))
    rump = (-half, spine + rng.uniform(-0.02, 0.03))
    chest = (half, spine + rng.uniform(-0.01, 0.04))
    hips = [(-half + 0.02, legs + 0.05), (half - 0.02, legs + 0.05)]

    def leg(hip, offset, paint):
        hip = (hip[0] + offset, hip[1])
        return _leg(rng, hip, legs, 0.45 * thick, ankle, paint)

    far = [leg(hip, rng.uniform(0.03, 0.06), "shade") for hip in hips]
    near = [leg(hip, rng.uniform(-0.04, 0.0), "coat") for hip in hips]
    lift = rng.uniform(-0.35, 0.3)
    tail = _bow(
        [
            (rump[0] - 0.7 * thick, rump[1] + 0.5 * thick),
            (rump[0] - thick - 0.15, rump[1] + 0.15),
            (rump[0] - thick - rng.uniform(0.1, 0.22), rump[1] + lift),
        ],
        [0.045, 0.034, 0.034],
    )
    neck = _line([(chest[0], chest[1] + 0.04), head], [0.8 * thick, 0.065])
    ears = [
        _line(
            [_shift(head, -0.02, 0.03), _shift(head, back, 0.13)],
            [0.03, 0.012],
            "shade",
        )
        for back in (-0.08, -0.01)
    ]
    body = _bow([rump, (0.0, spine - 0.03), chest], [thick, 0.95 * thick, thick])
    face = _line([head, nose], [0.075, 0.045])
    eye = _line([_shift(head, 0.03, 0.02)] * 2, [0.014, 0.014], "dark")
    return [*far, tail, *ears, body, neck, *near, face, eye]


def bird(rng: np.random.Generator) -> list[Stroke]:
    """Returns a wading bird with a round body, bent neck, beak and two long legs."""
    legs = rng.uniform(0.36, 0.48)
    thick = rng.uniform(0.15, 0.19)
    breast = np.array([rng.uniform(0.10, 0.16), legs + thick + rng.uniform(0.02, 0.06)])
    tail = np.array([-rng.uniform(0.32, 0.42), legs + rng.uniform(0.02, 0.12)])
    head = np.array([breast[0] + rng.uniform(0.02, 0.22), rng.uniform(0.92, 1.0)])
    beak = _shift(head, rng.uniform(0.17, 0.27), -rng.uniform(0.02, 0.10))
    ankle = rng.uniform(0.026, 0.032)
    hip = 0.4 * breast + 0.1 * tail + [0.0, 0.5 * legs - 0.02]
    strokes = [
        _leg(rng, (hip[0] + offset, legs + 0.02), legs, 0.04, ankle, paint)
        for offset, paint in ((0.07, "shade"), (-0.04, "coat"))
    ]
    bend = np.array([breast[0] + rng.uniform(0.16, 0.28), 0.5 * (breast[1] + head[1])])
    strokes += [
        _bow([tail, 0.5 * (tail + breast) + [0, 0.02], breast], [0.03, thick, thick]),
        _bow([_shift(breast, 0.02, 0.03), bend, head], [0.11, 0.056, 0.048]),
        _line([head, beak], [0.042, 0.020], "accent"),
        _line([head, _shift(head, 0.02, 0.0)], [0.068, 0.055]),
        _bow(
            [
                _shift(breast, -0.06, 0.0),
                0.5 * (tail + breast) + [0, 0.05],
                tail + 0.02,
            ],
            [0.04, 0.7 * thick, 0.015],
            "shade",
        ),
        _line([_shift(head, 0.02, 0.012)] * 2, [0.012, 0.012], "dark"),
    ]
    return strokes


def flower(rng: np.random.Generator) -> list[Stroke]:
    """Returns a flower with a thin stem, narrow leaves and a round head of petals."""
    top = np.array([rng.uniform(-0.15, 0.15), rng.uniform(0.70, 0.80)])
    stem = curve([(0.0, 0.0), (rng.uniform(-0.12, 0.12), 0.4), top], 8)
    width = rng.uniform(0.028, 0.036)
    strokes = [Stroke(stem, np.full(8, width), "shade")]
    side = 1.0 if rng.random() < 0.5 else -1.0
    for share in np.linspace(0.08, 0.6, int(rng.integers(2, 5))):
        root = stem[int(share * 7)]
        length = rng.uniform(0.20, 0.34)
        tip = _shift(root, side * length, rng.uniform(0.05, 0.25))
        middle = 0.5 * (root + tip) + [0.0, rng.uniform(0.04, 0.12)]
        strokes.append(
            _bow([root, middle, tip], [0.018, rng.uniform(0.06, 0.085), 0.014], "shade")
        )
        side = -side
    count = int(rng.integers(6, 10))
    reach = rng.uniform(0.20, 0.27)
    tilt = rng.uniform(0.75, 1.0)
    for angle in 2.0 * np.pi * (np.arange(count) + rng.random()) / count:
        tip = top + reach * np.array([np.cos(angle), tilt * np.sin(angle)])
        strokes.append(
            _bow([top, 0.5 * (top + tip), tip], [0.04, 0.09, 0.05], "coat", 5)
        )
    strokes.append(_line([top, top], [0.07, 0.07], "accent"))
    return strokes
