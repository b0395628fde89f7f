"""What the tests of the losses share: plain energies, an exact filter, examples."""

import types

import numpy as np
import pytest
import tensorflow as tf

from tests.losses import plain_energies
from tests.losses.plain_energies import gaussian_affinity, restrict
from tf_rloss import ops


@pytest.fixture(scope="session")
def dense():
    """The functions of `plain_energies`."""
    return plain_energies


@pytest.fixture
def exact_filter(monkeypatch):
    """Puts the exact affinity in the place of the lattice.

    What is left is the losses' own arithmetic, which must then be right to rounding.
    """

    def bilateral_forms(values, image, *, region=None, equalized=False, **sigmas):
        del equalized  # as good as it gets
        W = np.stack([gaussian_affinity(one, **sigmas) for one in image])
        if region is not None:
            W = np.stack([restrict(*pair) for pair in zip(W, region, strict=True)])
        d = W.sum(axis=2, keepdims=True)
        S = tf.reshape(tf.cast(values, tf.float64), [*W.shape[:2], values.shape[-1]])
        forms = ops.QuadraticForms(
            within=tf.reduce_sum(S * tf.matmul(W, S), axis=1),
            degree=tf.reduce_sum(S * d, axis=1),
            total=W.sum(axis=(1, 2)),
            degrees=d.reshape(*values.shape[:-1], 1),
        )
        return ops.QuadraticForms(*(tf.cast(form, tf.float32) for form in forms))

    monkeypatch.setattr(ops, "bilateral_forms", bilateral_forms)


@pytest.fixture
def filter_calls(monkeypatch):
    """The numbers of channels of the filters that were run (or traced)."""
    real_forms = ops.bilateral_forms
    calls = []

    def bilateral_forms(values, image, **options):
        calls.append(values.shape[-1])
        return real_forms(values, image, **options)

    monkeypatch.setattr(ops, "bilateral_forms", bilateral_forms)
    return calls


def random_probs(shape, *, contrast=2.0, seed=0):
    """Softmax probabilities of a shape (..., K), float32."""
    logits = np.random.default_rng(seed).normal(0, contrast, shape)
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return (exponentials / exponentials.sum(axis=-1, keepdims=True)).astype(np.float32)


def random_image(shape, *, channels=3, seed=0):
    """A noisy ramp (B, H, W, C) in [0, 255]: near pixels are alike, but not equal."""
    ramp = np.linspace(0, 160, shape[-1])[:, None]
    noise = np.random.default_rng(seed).uniform(0, 95, (*shape, channels))
    return (ramp + noise).astype(np.float32)


@pytest.fixture(scope="session")
def make():
    """`make.probs(shape)`, and `make.image((B, H, W))` or `((B, D, H, W))`."""
    return types.SimpleNamespace(probs=random_probs, image=random_image)
