import numpy as np
import pytest

from tf_rloss.ops.reference import exact_filter
from tf_rloss.visualization import gradient_maps, gradient_picture

KERNEL = {"sigma_xy": 12.0, "sigma_color": 15.0}


def _two_colours():
    """A bright object (rows 8 to 24) of which S knows the left part."""
    image = np.full((32, 32, 3), 40.0, np.float32)
    image[8:24] = 200.0
    probs = np.full((32, 32, 2), (0.9, 0.1), np.float32)
    probs[8:24, :24] = (0.2, 0.8)
    return image, probs


def test_every_loss_extends_the_object_over_its_colour():
    image, probs = _two_colours()
    for name, maps in gradient_maps(image, probs, **KERNEL).items():
        # Just right of what S knows, inside the object and outside of it.
        assert maps[16, 25, 1] < 0 < maps[16, 25, 0], name
        assert maps[4, 25, 0] < 0 < maps[4, 25, 1], name


def test_kernel_cut_gradient_is_the_sum_of_the_others():
    image, probs = _two_colours()
    maps = gradient_maps(image, probs, gamma=0.5, **KERNEL)
    expected = maps["CRF"] + 0.5 * maps["NC"]
    # The maps are of order one and each is rounded to float32 a few times.
    np.testing.assert_allclose(maps["KC"], expected, atol=1e-5)


def test_uncentred_crf_map_is_the_gradient_of_the_exact_energy(photograph):
    image = photograph("astronaut", 24, 24)
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.ones(3), (24, 24)).astype(np.float32)
    maps = gradient_maps(image, probs, sigma_xy=8.0, sigma_color=40.0, center=False)
    yx = np.stack(np.mgrid[:24, :24], axis=-1) / 8.0
    features = np.concatenate([yx, image / 40.0], axis=-1).reshape(-1, 5)
    ones_and_probs = np.concatenate([np.ones((24, 24, 1)), probs], axis=-1)
    filtered = exact_filter(ones_and_probs.reshape(-1, 4), features)
    degree, filtered = filtered[:, :1], filtered[:, 1:]
    # d R / d S_k = W 1 - 2 W S_k, divided by 1' W 1, times the pixels.
    expected = (degree - 2 * filtered) / degree.sum() * 24 * 24
    got = maps["CRF"].reshape(-1, 3)
    cosine = (got * expected).sum() / np.linalg.norm(got) / np.linalg.norm(expected)
    # The lattice is an approximation of the exact filter, as for the losses.
    assert cosine > 0.99


def test_centred_maps_sum_to_zero_over_the_classes():
    image, probs = _two_colours()
    for maps in gradient_maps(image, probs, **KERNEL).values():
        np.testing.assert_allclose(maps.sum(axis=-1), 0.0, atol=1e-5)


def test_sizes_that_do_not_fit_are_refused():
    image, probs = _two_colours()
    with pytest.raises(ValueError, match=r"\(31, 32, 3\)"):
        gradient_maps(image[1:], probs, **KERNEL)


def test_negative_is_red_positive_is_yellow_zero_is_black():
    picture = gradient_picture(np.array([[-2.0, -0.5, 0.0, 0.5, 2.0]]), full=1.0)
    expected = [[255, 0, 0], [128, 0, 0], [0, 0, 0], [128, 128, 0], [255, 255, 0]]
    np.testing.assert_array_equal(picture[0], expected)


def test_map_without_gradient_is_black():
    assert (gradient_picture(np.zeros((3, 4))) == 0).all()


def test_one_extreme_pixel_does_not_darken_a_map():
    gradient = np.ones((20, 20))
    gradient[0, 0] = -1e6
    assert (gradient_picture(gradient)[1:] == (255, 255, 0)).all()
