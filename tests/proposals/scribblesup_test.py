"""ScribbleSup spreads scribbles over similar superpixels, and follows a network."""

import numpy as np
import pytest

from tf_rloss.data import Example, synthetic
from tf_rloss.proposals import scribblesup
from tf_rloss.proposals.scribblesup import (
    DELTA_COLOUR,
    DELTA_TEXTURE,
    dissimilarities,
    network_costs,
    scribble_costs,
    spread,
)
from tf_rloss.proposals.superpixels import colour_histograms, texture_histograms

REGIONS = np.array([[0, 0, 1], [2, 2, 1]])


def examples(count, size=64):
    source = synthetic("proposals_test", num_images=count, size=size)
    return [source.read(name) for name in source.ids], source.num_classes


def two_halves():
    """Returns noisy dark and bright halves, with a stroke of class 2 and of class 0."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 25, (40, 60, 3)).astype(np.uint8)
    image[:, 30:] += 180
    scribble = np.full((40, 60), 255, np.uint8)
    scribble[5:15, 4:7], scribble[25:35, 50:53] = 2, 0
    return image, scribble


def test_scribbled_superpixels_cost_nothing_and_free_ones_alike():
    scribble = np.array([[1, 255, 255], [1, 4, 255]], np.uint8)
    costs = scribble_costs(REGIONS, scribble, np.array([4, 1]))
    inf = np.inf
    expected = [[inf, 0.0], [np.log(2.0), np.log(2.0)], [0.0, 0.0]]
    np.testing.assert_array_equal(costs, expected)


def test_network_costs_are_logarithms_of_means():
    probs = np.zeros((2, 3, 2), np.float32)
    probs[..., 0] = [[0.2, 0.4, 1.0], [0.5, 0.5, 1.0]]
    probs[..., 1] = 1.0 - probs[..., 0]
    costs = network_costs(REGIONS, probs)
    expected = -np.log([[0.3, 0.7], [1.0, 1e-6], [0.5, 0.5]])
    np.testing.assert_allclose(costs, expected, rtol=1e-6, atol=1e-7)  # float32 probs


def test_dissimilarity_is_that_of_the_formula():
    image = np.random.default_rng(0).integers(0, 256, (2, 3, 3)).astype(np.uint8)
    (found,) = dissimilarities(image, REGIONS, np.array([[0, 2]]))
    c = 25 * colour_histograms(image, REGIONS)
    t = 10 * texture_histograms(image, REGIONS)
    expected = ((c[0] - c[2]) ** 2).sum() / DELTA_COLOUR**2
    expected += ((t[0] - t[2]) ** 2).sum() / DELTA_TEXTURE**2
    np.testing.assert_allclose(found, expected)


def test_labels_spread_along_the_shortest_path():
    regions = np.arange(5)[np.newaxis].repeat(2, axis=0)
    scribble = np.full((2, 5), 255, np.uint8)
    scribble[0, 0], scribble[1, 4] = 3, 1
    edges = np.stack([np.arange(4), np.arange(1, 5)], axis=1)
    distances = np.array([1.0, 0.0, 2.0, 5.0])
    found = spread(regions, scribble, np.array([3, 1]), edges, distances)
    np.testing.assert_array_equal(found, [0, 0, 0, 0, 1])


def test_scribbles_spread_to_the_edge_between_colours():
    image, scribble = two_halves()
    mask = scribblesup(Example(image, scribble), 3)
    assert mask.dtype == np.uint8 and mask.shape == scribble.shape
    assert (mask[:, :28] == 2).all() and (mask[:, 32:] == 0).all()


def test_a_network_moves_superpixels_without_scribbles():
    image, scribble = two_halves()
    probs = np.full((40, 60, 3), 0.005, np.float32)
    probs[:20, :, 0] = probs[20:, :, 2] = 0.99
    mask = scribblesup(Example(image, scribble), 3, probs)
    drawn = scribble != 255
    np.testing.assert_array_equal(mask[drawn], scribble[drawn])
    # Away from the scribbles it follows the network and not the colours.
    assert (mask[:14, 32:] == 0).all() and (mask[26:, :28] == 2).all()
    assert (mask[:14, 15:28] == 0).mean() > 0.9


def test_impossible_predictions_leave_a_mask_of_the_scribbled_classes():
    image, scribble = two_halves()
    probs = np.zeros((40, 60, 3), np.float32)
    probs[..., 1] = 1.0  # of a class that is not in the image
    np.testing.assert_array_equal(
        scribblesup(Example(image, scribble), 3, probs),
        scribblesup(Example(image, scribble), 3),
    )


@pytest.mark.parametrize("with_network", [False, True])
def test_other_names_of_the_classes_change_nothing_else(with_network):
    found, K = examples(4)
    names = np.array([2, 3, 0, 1], np.uint8)
    renamed = np.full(256, 255, np.uint8)
    renamed[:K] = names
    for number, example in enumerate(found):
        probs = None
        if with_network:
            rng = np.random.default_rng(number)
            probs = rng.dirichlet(np.ones(K), example.mask.shape)
        mask = scribblesup(example, K, probs)
        permuted = None if probs is None else probs[..., np.argsort(names)]
        other = scribblesup(
            example._replace(scribble=renamed[example.scribble]), K, permuted
        )
        np.testing.assert_array_equal(other, renamed[mask])


def test_proposals_are_better_than_the_largest_class():
    found, _ = examples(8)
    right, largest = [], []
    for example in found:
        mask = scribblesup(example, 4)
        right.append((mask == example.mask).mean())
        largest.append(np.bincount(example.mask.ravel()).max() / mask.size)
    assert np.mean(right) > np.mean(largest) + 0.05


def test_one_class_fills_the_image_and_none_gives_no_mask():
    image, scribble = two_halves()
    scribble[scribble == 0] = 255
    assert (scribblesup(Example(image, scribble), 3) == 2).all()
    assert (scribblesup(Example(image, np.full_like(scribble, 255)), 3) == 255).all()


@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (2, 2), (3, 9)])
def test_tiny_images_work(shape):
    scribble = np.full(shape, 255, np.uint8)
    scribble.flat[0], scribble.flat[-1] = 1, 0
    mask = scribblesup(Example(np.full((*shape, 3), 90, np.uint8), scribble), 2)
    assert mask.flat[0] == 1 and mask.flat[-1] == 0 and (mask != 255).all()


def test_wrong_inputs_are_named():
    image, scribble = two_halves()
    with pytest.raises(ValueError, match=r"`example\.image`"):
        scribblesup(Example(image.astype(np.float32), scribble), 3)
    with pytest.raises(ValueError, match=r"`example\.scribble` must be"):
        scribblesup(Example(image, scribble[1:]), 3)
    with pytest.raises(ValueError, match="Received: None"):
        scribblesup(Example(image), 3)
    with pytest.raises(ValueError, match="Received: id 2"):
        scribblesup(Example(image, scribble), 2)
    with pytest.raises(ValueError, match="`probs`"):
        scribblesup(Example(image, scribble), 3, np.zeros((40, 60, 2)))
