"""Volumes are timed beside an image of as many vertices for each pixel."""

import math

import numpy as np
import pytest

from benchmarks import volumes
from benchmarks.contestants import generated, lattice

BANDWIDTHS = {"sigma_xyz": 3.0, "sigma_color": 30.0}


def test_factor_on_the_bandwidths_gives_the_wanted_number():
    factor = volumes.equalize(lambda factor: 5.0 / factor**2, 0.02)
    assert 5.0 / factor**2 == pytest.approx(0.02, rel=0.01)


def test_numbers_that_jump_end_the_search_at_the_jump():
    factor = volumes.equalize(lambda factor: 10.0 if factor < 3.0 else 1.0, 5.0)
    assert factor == pytest.approx(3.0, rel=1e-4)


@pytest.mark.parametrize("size, channels", [((8, 9), 3), ((4, 5, 6), 1)])
def test_pictures_have_structure_and_fit_the_range(size, channels):
    picture = generated.picture(size, channels)
    assert picture.shape == (1, *size, channels) and picture.dtype == np.float32
    assert picture.min() > -30 and picture.max() < 290
    assert picture.std() > 10


def test_vertices_are_those_of_the_features():
    counted = generated.count_vertices(lattice.build(), (4, 5, 6), 1, BANDWIDTHS, 2)
    one = generated.count_vertices(
        lattice.build(), (4, 5, 6), 1, {"sigma_xyz": 1e6, "sigma_color": 1e6}, 2
    )
    # First all points lie in simplices at the origin, which has 30 neighbours.
    assert one["vertices"] <= 31 < counted["vertices"] <= 5 * 4 * 5 * 6


def test_contestant_is_the_loss_and_its_gradient():
    energy, gradient = generated.make((4, 5, 6), 1, 3, BANDWIDTHS).call()
    assert energy > 0 and gradient.shape == (1, 4, 5, 6, 3)
    assert np.all(np.isfinite(gradient)) and np.any(gradient)


def test_contestants_are_an_image_and_volumes_of_several_sizes(monkeypatch):
    flags = {"_SIZE": ["4", "8", "8"], "_CLASSES": 2, "_SIGMA_XYZ": 5.0}
    for name, value in {**flags, "_SIGMA_COLOR": 9.0}.items():
        monkeypatch.setattr(volumes, name, type("Flag", (), {"value": value}))

    def count(arguments):
        return 1.0 / arguments["bandwidths"]["sigma_color"]

    chosen = volumes.contestants(count)
    image, half, whole, *_ = chosen.values()
    assert math.prod(image["size"]) == math.prod(whole["size"]) == 256
    assert math.prod(half["size"]) == 128
    assert count(image) == pytest.approx(count(whole), rel=0.01)
    assert list(chosen)[-1] == "16 x 16 x 16 at scale 0.5"
