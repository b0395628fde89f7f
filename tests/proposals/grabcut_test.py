"""GrabCut keeps scribbled pixels and segments the rest into several classes."""

import concurrent.futures
import sys

import numpy as np
import pytest

from tf_rloss.data import Example, synthetic
from tf_rloss.evaluation import ConfusionMatrix
from tf_rloss.proposals import OpenCVMissingError, grabcut
from tf_rloss.proposals.grabcut import log_likelihood


@pytest.fixture(autouse=True)
def _opencv(request):
    if "without_opencv" not in request.node.name:
        pytest.importorskip("cv2", exc_type=ImportError)


def examples(count, size=64):
    source = synthetic("proposals_test", num_images=count, size=size)
    return [source.read(name) for name in source.ids], source.num_classes


def three_stripes():
    """Returns noisy red, green and blue stripes, a short stroke in each, and a mask."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 40, (48, 60, 3)).astype(np.uint8)
    mask = np.repeat([4, 0, 2], 20).astype(np.uint8)[np.newaxis].repeat(48, axis=0)
    for channel, stripe in enumerate((slice(0, 20), slice(20, 40), slice(40, 60))):
        image[:, stripe, channel] += 190
    scribble = np.full((48, 60), 255, np.uint8)
    for column in (9, 29, 49):
        scribble[5:12, column : column + 2] = mask[5:12, column : column + 2]
    return image, scribble, mask


def test_three_classes_are_told_apart_by_colour():
    image, scribble, mask = three_stripes()
    found = grabcut(Example(image, scribble), 5)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, mask)


def test_proposals_for_synthetic_images_are_good():
    found, K = examples(8)
    matrix = ConfusionMatrix(K)
    for example in found:
        mask = grabcut(example, K)
        matrix.update(example.mask, mask)
        drawn = example.scribble != 255
        np.testing.assert_array_equal(mask[drawn], example.scribble[drawn])
        assert set(np.unique(mask)) <= set(np.unique(example.scribble[drawn]))
    assert matrix.mean_iou > 0.8


def test_equal_arguments_give_equal_masks_in_any_thread():
    (example,), K = examples(1)
    first = grabcut(example, K)
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        again = list(pool.map(lambda _: grabcut(example, K), range(4)))
    for mask in again:
        np.testing.assert_array_equal(mask, first)


def test_other_names_of_the_classes_change_nothing_else():
    found, K = examples(4)
    renamed = np.full(256, 255, np.uint8)
    renamed[:K] = [2, 3, 0, 1]
    for example in found:
        mask = grabcut(example, K)
        other = grabcut(example._replace(scribble=renamed[example.scribble]), K)
        np.testing.assert_array_equal(other, renamed[mask])


def test_one_class_fills_the_image_and_none_gives_no_mask():
    image, scribble, _ = three_stripes()
    only = np.where(scribble == 4, scribble, 255).astype(np.uint8)
    assert (grabcut(Example(image, only), 5) == 4).all()
    assert (grabcut(Example(image, np.full_like(scribble, 255)), 5) == 255).all()


def test_a_full_scribble_is_the_mask():
    image, _, mask = three_stripes()
    np.testing.assert_array_equal(grabcut(Example(image, mask), 5), mask)


@pytest.mark.parametrize("shape", [(1, 3), (3, 1), (2, 2), (9, 3)])
def test_tiny_constant_images_with_one_pixel_a_class_work(shape):
    scribble = np.full(shape, 255, np.uint8)
    scribble.flat[0], scribble.flat[-1] = 1, 0
    mask = grabcut(Example(np.full((*shape, 3), 90, np.uint8), scribble), 2)
    assert mask.flat[0] == 1 and mask.flat[-1] == 0 and (mask != 255).all()


def test_likelihood_is_that_of_the_mixture():
    rng = np.random.default_rng(0)
    factors = rng.standard_normal((5, 3, 3))
    covariances = factors @ factors.transpose(0, 2, 1) + np.eye(3)
    weights, means = np.array([0.5, 0.3, 0.2, 0.0, 0.0]), rng.uniform(0, 9, (5, 3))
    covariances[3:] = 0.0  # OpenCV leaves those of weight 0 like this
    colours = rng.uniform(0, 9, (2, 4, 3))
    model = np.concatenate([weights, means.ravel(), covariances.ravel()])
    expected = np.zeros((2, 4))
    for w, mean, covariance in zip(
        weights[:3], means[:3], covariances[:3], strict=True
    ):
        for place in np.ndindex(2, 4):
            x = colours[place] - mean
            exponent = x @ np.linalg.solve(covariance, x) / 2.0
            expected[place] += w * np.exp(-exponent) / np.linalg.det(covariance) ** 0.5
    np.testing.assert_allclose(log_likelihood(colours, model), np.log(expected))


def test_without_opencv_the_error_says_what_to_install(monkeypatch):
    image, scribble, _ = three_stripes()
    monkeypatch.setitem(sys.modules, "cv2", None)  # makes `import cv2` fail
    with pytest.raises(
        OpenCVMissingError, match=r'pip install "tf_rloss\[proposals\]"'
    ):
        grabcut(Example(image, scribble), 5)


def test_wrong_inputs_are_named():
    image, scribble, _ = three_stripes()
    with pytest.raises(ValueError, match=r"`example\.image`"):
        grabcut(Example(image / 255.0, scribble), 5)
    with pytest.raises(ValueError, match="Received: id 4"):
        grabcut(Example(image, scribble), 4)
