"""Losses on equalized lattices: the option reaches the filter, and is saved."""

import keras
import numpy as np
import pytest

from tf_rloss import losses, ops

BANDWIDTHS = {"sigma_xy": 5.0, "sigma_color": 20.0}
LOSSES = {
    "crf": (losses.dense_crf_loss, losses.DenseCRFLoss),
    "cut": (losses.normalized_cut_loss, losses.NormalizedCutLoss),
    "kernelcut": (losses.kernel_cut_loss, losses.KernelCutLoss),
}


@pytest.fixture
def example(photograph, make):
    """A photograph (1, 14, 11, 3), and probabilities on it for three classes."""
    return photograph("astronaut", 14, 11)[None], make.probs((1, 14, 11, 3))


def lattice_affinity(image, **options):
    """W (N, N) as the filter has it."""
    identity = np.eye(14 * 11).reshape(1, 14, 11, -1)
    filtered = ops.bilateral_filter(identity, image, **BANDWIDTHS, **options)
    return filtered.numpy().reshape(14 * 11, -1)


@pytest.mark.parametrize("equalized", [False, True])
@pytest.mark.parametrize("name", LOSSES)
def test_energy_has_the_affinity_asked_for(name, equalized, example, dense):
    W = lattice_affinity(example[0], equalized=equalized)
    S = example[1].reshape(-1, 3).astype(np.float64)
    crf, cut = dense.crf_energy(W, S) / W.sum(), dense.cut_energy(W, S)
    expected = {"crf": crf, "cut": cut, "kernelcut": crf + cut}[name]
    energy = LOSSES[name][0](*example, **BANDWIDTHS, equalized=equalized)
    # Sums of float32.
    assert float(energy[0]) == pytest.approx(expected, rel=1e-5)


def test_the_affinities_differ_by_more_than_rounding(example):
    usual = lattice_affinity(example[0])
    equalized = lattice_affinity(example[0], equalized=True)
    assert np.linalg.norm(equalized - usual) > 0.1 * np.linalg.norm(usual)


@pytest.mark.parametrize("name", LOSSES)
def test_class_passes_the_option_on_and_keeps_it(name, example):
    function, loss_class = LOSSES[name]
    loss = loss_class(**BANDWIDTHS, equalized=True)
    restored = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(loss)
    )
    expected = function(*example, **BANDWIDTHS, equalized=True)
    np.testing.assert_array_equal(restored.call(*example), expected)
    assert loss_class(**BANDWIDTHS).get_config()["equalized"] is False


def test_both_terms_of_a_kernel_cut_have_it(example, monkeypatch):
    real_forms, seen = ops.bilateral_forms, []

    def bilateral_forms(*args, **options):
        seen.append((options["sigma_color"], options["equalized"]))
        return real_forms(*args, **options)

    monkeypatch.setattr(ops, "bilateral_forms", bilateral_forms)
    options = {**BANDWIDTHS, "cut_sigma_color": 9.0, "equalized": True}
    losses.kernel_cut_loss(*example, **options)
    assert sorted(seen) == [(9.0, True), (20.0, True)]
