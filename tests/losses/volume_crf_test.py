"""The losses of mean field, and cross-entropy, on volumes and on grey images."""

import numpy as np
import pytest
import tensorflow as tf

from tests.losses import exact_crf
from tf_rloss import losses
from tf_rloss.layers import CRFAsRNN, DenseCRF

CASES = [((1, 9, 8), 1), ((1, 3, 5, 6), 2)]
every_case = pytest.mark.parametrize("shape, channels", CASES)
WEIGHTS = {"bilateral_weight": 2.0, "spatial_weight": 1.5, "num_iterations": 4}


def sigmas_of(shape):
    if len(shape) == 3:
        return {"sigma_xy": 4.0, "spatial_sigma_xy": 1.5, "sigma_color": 60.0}
    # With round numbers voxels lie on the borders of simplices, and float32 and float64
    # choose different ones.
    return {
        "sigma_xyz": (4.1, 3.3, 2.3),
        "spatial_sigma_xyz": (1.57, 1.43, 1.1),
        "sigma_color": (60.0, 50.0),
    }


@pytest.fixture
def scene(make):
    """A function that returns image, probabilities, region and labels."""

    def build(shape, channels):
        region = np.ones((*shape, 1), np.float32)
        region[:, -1] = 0
        labels = np.random.default_rng(0).choice([0, 2, 255, 255, 255], shape)
        image = make.image(shape, channels=channels)
        return image, make.probs((*shape, 3)), region, labels

    return build


def by_hand(image, probs, region, labels=None):
    """X, S and K~ of the exact CRF."""
    K = exact_crf.kernels(
        image[0],
        exact_crf.lattice_matrix,
        **sigmas_of(image.shape[:-1]),
        region=region[0, ..., 0],
    )
    S = probs.reshape(-1, 3)
    labels = None if labels is None else labels.ravel()
    return exact_crf.proposals(S, K, [2.0, 1.5], 4, labels), S, K


@every_case
def test_proposals_and_their_losses_are_those_of_the_definition(scene, shape, channels):
    image, probs, region, labels = scene(shape, channels)
    options = {**WEIGHTS, **sigmas_of(shape), "region": region, "labels": labels}
    X, S, K = by_hand(image, probs, region, labels)
    proposals = losses.dense_crf_proposals(image, probs, **options)
    # The lattice and four updates of it in float32.
    np.testing.assert_allclose(proposals, X.reshape(probs.shape), atol=1e-5)
    counts = (labels.ravel() == 255) & (region.ravel() > 0)
    expected = -np.sum(X * np.log(S), axis=1)[counts].mean()
    loss = losses.dense_crf_adm_loss(image, probs, **options)
    np.testing.assert_allclose(loss, [expected], rtol=1e-5)
    energy = losses.dense_crf_adm_energy(image, probs, proposals, **options)
    inside = region.ravel() > 0
    kernels = [kernel[np.ix_(inside, inside)] for kernel in K]
    expected = exact_crf.energy(
        X[inside], S[inside], kernels, [2.0, 1.5], labels.ravel()[inside]
    )
    np.testing.assert_allclose(energy, [expected], rtol=1e-5)


@every_case
def test_constrain_to_boundary_is_the_divergence_from_the_mean_field(
    scene, shape, channels
):
    image, probs, region, _ = scene(shape, channels)
    Q, S, _ = by_hand(image, probs, region)
    expected = np.sum(Q * np.log(Q / S), axis=1)[region.ravel() > 0].mean()
    options = {**WEIGHTS, **sigmas_of(shape), "region": region}
    loss = losses.constrain_to_boundary_loss(image, probs, floor=0.0, **options)
    np.testing.assert_allclose(loss, [expected], rtol=1e-4)


def test_stride_of_a_volume_takes_every_so_many_th_voxel(scene):
    image, probs, region, _ = scene((1, 4, 6, 6), 2)
    sigmas = sigmas_of((1, 4, 6, 6))
    loss = losses.constrain_to_boundary_loss(
        image, probs, region=region, stride=2, **WEIGHTS, **sigmas
    )
    for name in ("sigma_xyz", "spatial_sigma_xyz"):
        sigmas[name] = tuple(sigma / 2 for sigma in sigmas[name])
    image, probs, region = (x[:, ::2, ::2, ::2] for x in (image, probs, region))
    expected = losses.constrain_to_boundary_loss(
        image, probs, region=region, **WEIGHTS, **sigmas
    )
    np.testing.assert_array_equal(loss, expected)


@every_case
@pytest.mark.parametrize("layer", [DenseCRF, CRFAsRNN])
def test_layers_are_the_mean_field_of_the_settings(scene, shape, channels, layer):
    image, probs, region, _ = scene(shape, channels)
    crf = layer(**WEIGHTS, **sigmas_of(shape), normalization="symmetric")
    refined = crf(probs, image, region)
    X, *_ = by_hand(image, probs, region)
    np.testing.assert_allclose(refined, X.reshape(probs.shape), atol=1e-5)
    copy = layer.from_config(crf.get_config())
    np.testing.assert_array_equal(copy(probs, image, region), refined)
    assert crf.compute_output_shape(probs.shape, image.shape) == probs.shape


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("options", [{}, {"class_weight": (1.0, 2.0, 3.0)}])
def test_partial_crossentropy_of_a_volume_is_that_of_its_voxels(
    scene, from_logits, options
):
    _, probs, _, labels = scene((1, 3, 5, 6), 1)
    outputs = np.log(probs) if from_logits else probs
    weights = np.random.default_rng(1).random(labels.shape, np.float32)
    options = {**options, "from_logits": from_logits}
    actual = losses.partial_crossentropy(
        labels, outputs, sample_weight=weights, **options
    )
    flat = losses.partial_crossentropy(
        labels.reshape(1, 15, 6),
        outputs.reshape(1, 15, 6, 3),
        sample_weight=weights.reshape(1, 15, 6),
        **options,
    )
    np.testing.assert_allclose(actual, flat, rtol=1e-6)
    loss = losses.PartialCrossentropy(**options)
    np.testing.assert_allclose(loss(labels, outputs, weights), actual[0], rtol=1e-6)
    strided = losses.partial_crossentropy(labels, outputs, stride=2, **options)
    some = [array[:, ::2, ::2, ::2] for array in (labels, outputs)]
    by_hand = losses.partial_crossentropy(*some, **options)
    np.testing.assert_array_equal(strided, by_hand)


def test_losses_of_flat_images_refuse_volumes(scene):
    _, probs, _, labels = scene((1, 3, 5, 6), 1)
    for call in (
        lambda: losses.seeding_loss(labels, probs),
        lambda: losses.expansion_loss([[1, 1, 0]], probs),
        lambda: losses.tag_crossentropy([[1, 1, 0]], probs),
    ):
        with pytest.raises(ValueError, match=r"\(B, [Hh], [Ww], K\)"):
            call()


@pytest.mark.parametrize("jit_compile", [False, True])
def test_keras_losses_of_volumes_run_in_graphs(scene, jit_compile):
    image, probs, region, labels = scene((1, 3, 5, 6), 2)
    target = np.concatenate([image, region, labels[..., None]], -1).astype(np.float32)
    sigmas = sigmas_of((1, 3, 5, 6))
    position = {name: sigmas[name] for name in ("sigma_xyz", "sigma_color")}
    kernels = {"region_channel": True, **position}
    cases = [
        (losses.KernelCutLoss(**kernels), target[..., :-1]),
        (losses.DenseCRFLoss(affinity="grid26", **kernels), target[..., :-1]),
        (losses.NormalizedCutLoss(scale=0.5, **kernels), target[..., :-1]),
        (
            losses.DenseCRFADMLoss(label_channel=True, region_channel=True, **sigmas),
            target,
        ),
    ]
    for loss, target in cases:
        traced = tf.function(loss.call, jit_compile=jit_compile)
        found = traced(tf.constant(target), tf.constant(probs))
        np.testing.assert_allclose(found, loss.call(target, probs), rtol=1e-5)
