"""Neighbours and histograms of superpixels agree with those counted by hand."""

import numpy as np
import pytest

from tf_rloss.proposals import superpixels as module

REGIONS = np.array([[0, 0, 1], [2, 2, 1], [2, 2, 2]])


def test_touching_superpixels_are_listed_once():
    pairs = module.adjacent_pairs(REGIONS)
    np.testing.assert_array_equal(pairs, [[0, 1], [0, 2], [1, 2]])
    # Corners do not touch.
    corner = module.adjacent_pairs(np.array([[0, 1], [2, 3]]))
    np.testing.assert_array_equal(corner, [[0, 1], [0, 2], [1, 3], [2, 3]])
    assert module.adjacent_pairs(np.zeros((4, 5), int)).shape == (0, 2)


def test_colour_histograms_count_the_pixels_of_a_superpixel():
    image = np.zeros((3, 3, 3), np.uint8)
    image[0, 0] = (255, 10, 128)  # bins 24, 0, 12 of 25, each of 10.24 intensities
    image[0, 1] = (255, 11, 128)  # 24, 1, 12
    found = module.colour_histograms(image, REGIONS)
    assert found.shape == (3, 75)
    expected = np.zeros(75)
    expected[[24, 25, 26, 62]] = np.array([2, 1, 1, 2]) / 6.0
    np.testing.assert_allclose(found[0], expected)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    assert found[2, 0] == found[2, 25] == found[2, 50] == pytest.approx(1 / 3)


def test_texture_histograms_count_the_gradient_of_each_direction():
    # Brightness rises by 8 a pixel to the right, that is a quarter of the range.
    ramp = np.repeat(np.arange(0, 80, 8, dtype=np.uint8)[np.newaxis], 6, axis=0)
    image = np.repeat(ramp[..., np.newaxis], 3, axis=2)
    regions = np.zeros((6, 10), int)
    regions[:, 1:-1] = 1  # at the border the difference is half as large
    found = module.texture_histograms(image, regions)
    expected = np.zeros(20)
    expected[[6, 15]] = 0.5  # 8/32 is in the bin from 0.2 to 0.4, 0 in that from 0
    np.testing.assert_allclose(found[1], expected)
    turned = module.texture_histograms(image.swapaxes(0, 1), regions.T)
    np.testing.assert_allclose(turned, np.roll(found, 10, axis=1))


def test_superpixels_do_not_cross_a_strong_edge_and_are_numbered():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 20, (40, 60, 3)).astype(np.uint8)
    image[:, 30:] += 200
    regions = module.superpixels(image)
    numbers, sizes = np.unique(regions, return_counts=True)
    np.testing.assert_array_equal(numbers, np.arange(len(numbers)))
    assert sizes.min() >= module.least_size(40, 60)
    # The Gaussian of sigma 0.8 blurs the edge by a pixel or so.
    assert not set(regions[:, :28].ravel()) & set(regions[:, 32:].ravel())


def test_smallest_size_grows_with_the_image():
    assert module.least_size(96, 96) == 20
    assert module.least_size(375, 500) == 93
    assert module.least_size(8, 8) == 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 2)])
def test_thin_images_have_superpixels(shape):
    regions = module.superpixels(np.zeros((*shape, 3), np.uint8))
    assert regions.shape == shape
    assert set(regions.ravel()) == set(range(regions.max() + 1))
