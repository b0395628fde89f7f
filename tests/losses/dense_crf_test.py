"""The CRF loss: values against the dense energies, normalisation, scale, errors."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.losses import DenseCRFLoss, dense_crf_loss

BANDWIDTHS = {"sigma_xy": 4.0, "sigma_color": 60.0}
# float32 sums over some 100 pixels against float64.
ROUNDING = 1e-5


def one_hot_stripes(batch, height, width, classes):
    labels = np.arange(width) * classes // width
    return np.broadcast_to(
        np.eye(classes, dtype=np.float32)[labels], (batch, height, width, classes)
    )


@pytest.mark.parametrize("classes", [1, 2, 5])
@pytest.mark.usefixtures("exact_filter")
def test_bilinear_energy_is_eq_4(dense, make, classes):
    image, probs = make.image((2, 8, 9)), make.probs((2, 8, 9, classes))
    raw = dense_crf_loss(image, probs, **BANDWIDTHS, normalization="none")
    normalised = dense_crf_loss(image, probs, **BANDWIDTHS)
    assert raw.shape == (2,)
    for i in range(2):
        W = dense.gaussian_affinity(image[i], **BANDWIDTHS)
        energy = dense.crf_energy(W, probs[i].reshape(72, classes))
        # One class has no energy: what is left is the rounding of W's sum.
        np.testing.assert_allclose(raw[i], energy, atol=ROUNDING * W.sum())
        np.testing.assert_allclose(normalised[i], energy / W.sum(), atol=ROUNDING)


@pytest.mark.usefixtures("exact_filter")
def test_quadratic_energy_is_the_right_side_of_eq_3(dense, make):
    image, probs = make.image((2, 8, 9)), make.probs((2, 8, 9, 3))
    raw = dense_crf_loss(
        image, probs, **BANDWIDTHS, normalization="none", relaxation="quadratic"
    )
    for i in range(2):
        W = dense.gaussian_affinity(image[i], **BANDWIDTHS)
        energy = dense.quadratic_energy(W, probs[i].reshape(72, 3))
        np.testing.assert_allclose(raw[i], energy, rtol=10 * ROUNDING)


@pytest.mark.parametrize("affinity", ["gaussian", "grid4", "grid8"])
def test_on_one_hot_segments_the_quadratic_energy_is_twice_the_cut(make, affinity):
    # |S_p - S_q|^2 is 2 for different labels, and eq. 4 counts each pair once a side.
    image, probs = make.image((1, 12, 12)), one_hot_stripes(1, 12, 12, 3)
    options = {**BANDWIDTHS, "affinity": affinity}
    cut = dense_crf_loss(image, probs, **options)
    quadratic = dense_crf_loss(image, probs, **options, relaxation="quadratic")
    assert cut > 0.01
    np.testing.assert_allclose(quadratic, 2 * cut, rtol=10 * ROUNDING)


@pytest.mark.parametrize("affinity", ["gaussian", "grid4", "grid8"])
@pytest.mark.parametrize("relaxation", ["bilinear", "quadratic"])
def test_single_label_image_has_zero_energy(make, affinity, relaxation):
    probs = np.zeros((1, 15, 13, 3), np.float32)
    probs[..., 1] = 1
    energy = dense_crf_loss(
        make.image((1, 15, 13)),
        probs,
        **BANDWIDTHS,
        affinity=affinity,
        relaxation=relaxation,
    )
    np.testing.assert_allclose(energy, [0.0], atol=ROUNDING)


def test_undecided_pixels_cost_under_eq_4_but_not_under_eq_3(make):
    probs = np.full((1, 9, 9, 2), 0.5, np.float32)
    image = make.image((1, 9, 9))
    bilinear = dense_crf_loss(image, probs, **BANDWIDTHS)
    quadratic = dense_crf_loss(image, probs, **BANDWIDTHS, relaxation="quadratic")
    np.testing.assert_allclose(bilinear, [0.5], atol=ROUNDING)
    np.testing.assert_allclose(quadratic, [0.0], atol=ROUNDING)


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea"])
def test_energy_of_the_lattice_is_near_that_of_the_dense_sum(dense, photograph, name):
    image = photograph(name, 48, 48)
    bandwidths = {"sigma_xy": 9.0, "sigma_color": 15.0}
    W = dense.gaussian_affinity(image, **bandwidths)
    probs = one_hot_stripes(1, 48, 48, 3)
    energy = dense_crf_loss(image[None], probs, **bandwidths)
    exact = dense.crf_energy(W, probs.reshape(-1, 3)) / W.sum()
    # W S / W 1 of the lattice errs by 3.5 % of 1 at a pixel, to either side; summed
    # over the borders of the segments 1.5 to 4.8 % are left.
    np.testing.assert_allclose(energy[0], exact, rtol=0.06)


def test_normalised_energy_does_not_depend_on_resolution(photograph):
    raw, normalised = [], []
    for size in (64, 128):
        image = photograph("coffee", size, size)[None]
        probs = one_hot_stripes(1, size, size, 4)
        bandwidths = {"sigma_xy": 100 * size / 513, "sigma_color": 15.0}
        raw += [dense_crf_loss(image, probs, **bandwidths, normalization="none")[0]]
        normalised += [dense_crf_loss(image, probs, **bandwidths)[0]]
    # Twice the size has 4 times the pixels and so 16 times the pairs. Resizing
    # smoothes the photograph, which is worth a few per cent.
    np.testing.assert_allclose(normalised[1], normalised[0], rtol=0.1)
    np.testing.assert_allclose(raw[1] / raw[0], 16, rtol=0.3)


@pytest.mark.parametrize("size", [(12, 16), (13, 17)])
def test_scale_takes_nearest_image_and_bilinear_probabilities(make, size):
    height, width = size
    image, probs = make.image((2, height, width)), make.probs((2, height, width, 3))
    small = dense_crf_loss(image, probs, **BANDWIDTHS, scale=0.5)
    step_y, step_x = height / (height // 2), width / (width // 2)
    rows = np.floor(np.arange(height // 2) * step_y).astype(int)
    columns = np.floor(np.arange(width // 2) * step_x).astype(int)
    if size == (12, 16):  # the mean of every 2 x 2 block
        resized = probs.reshape(2, 6, 2, 8, 2, 3).mean(axis=(2, 4))
    else:
        resized = tf.image.resize(probs, (height // 2, width // 2)).numpy()
    by_hand = dense_crf_loss(
        image[:, rows][:, :, columns], resized, sigma_xy=2.0, sigma_color=60.0
    )
    np.testing.assert_allclose(small, by_hand, rtol=ROUNDING)


def test_scale_leaves_at_least_one_pixel(make):
    energy = dense_crf_loss(
        make.image((1, 3, 1)), make.probs((1, 3, 1, 2)), **BANDWIDTHS, scale=0.1
    )
    assert np.isfinite(energy).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sigma_xy": 0.0}, r"`sigma_xy` must be a positive number.*0\.0"),
        ({"sigma_color": -1}, r"`sigma_color` must be a positive number.*-1"),
        (
            {"sigma_color": float("nan")},
            r"`sigma_color` must be a positive number.*nan",
        ),
        ({"sigma_xy": "wide"}, r"`sigma_xy` must be a positive number.*'wide'"),
        ({"normalization": "sum"}, r"`normalization` must be one of 'affinity'.*'sum'"),
        ({"relaxation": None}, r"`relaxation` must be one of 'bilinear'.*None"),
        ({"affinity": "grid5"}, r"`affinity` must be one of 'gaussian'.*'grid5'"),
        ({"affinity": "grid6"}, r"of an image must be .*\['grid4', 'grid8'\].*'grid6'"),
        ({"scale": 0}, r"`scale` must be a number in \(0, 1\].*0"),
        ({"scale": 2.0}, r"`scale` must be a number in \(0, 1\].*2\.0"),
    ],
)
def test_wrong_options_are_named_by_function_and_class(make, options, message):
    with pytest.raises(ValueError, match=message):
        dense_crf_loss(
            make.image((1, 4, 4)), make.probs((1, 4, 4, 2)), **(BANDWIDTHS | options)
        )
    with pytest.raises(ValueError, match=message):
        DenseCRFLoss(**options)


@pytest.mark.parametrize(
    ("image_shape", "probs_shape", "message"),
    [
        ((1, 4, 4, 7), (1, 4, 4, 7), r"with C from 1 to 6\. If the l.*\(1, 4, 4, 7\)"),
        ((4, 4, 3), (1, 4, 4, 2), r"`image` must be \(B, H, W, C\).*\(4, 4, 3\)"),
        ((1, 2, 4, 4, 1), (1, 2, 4, 4, 2), r"Volumes .* need `sigma_xyz`"),
        ((1, 4, 4, 3), (1, 4, 4), r"`probs` must be softmax.*\(1, 4, 4\)"),
        ((1, 4, 5, 3), (1, 4, 4, 2), r"`image` and `probs` must have the same"),
    ],
)
def test_wrong_shapes_are_named(image_shape, probs_shape, message):
    with pytest.raises(ValueError, match=message):
        dense_crf_loss(tf.zeros(image_shape), tf.zeros(probs_shape), **BANDWIDTHS)


@pytest.mark.parametrize("affinity", ["gaussian", "grid4"])
def test_sizes_that_differ_at_run_time_are_an_error(affinity):
    @tf.function(
        input_signature=[
            tf.TensorSpec((None, None, None, 3)),
            tf.TensorSpec((None, None, None, 2)),
        ]
    )
    def energy(image, probs):
        return dense_crf_loss(image, probs, **BANDWIDTHS, affinity=affinity)

    with pytest.raises(tf.errors.InvalidArgumentError):
        energy(tf.zeros((1, 4, 4, 3)), tf.zeros((1, 4, 1, 2)))
