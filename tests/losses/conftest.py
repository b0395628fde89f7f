"""The energies by their definitions, with W as a dense matrix."""

import types

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import ops


def gaussian_affinity(image, sigma_xy, sigma_rgb):
    """W (N, N) of one image (H, W, 3), float64."""
    height, width, _ = image.shape
    y, x = np.mgrid[:height, :width]
    position = np.stack([x, y], axis=-1) / sigma_xy
    features = np.concatenate([position, image / sigma_rgb], axis=-1).reshape(-1, 5)
    squares = np.sum(features**2, axis=1)
    distance = squares[:, None] + squares[None, :] - 2 * features @ features.T
    return np.exp(-0.5 * np.maximum(distance, 0))


def grid_affinity(image, sigma_xy, sigma_rgb, *, diagonals):
    """W (N, N) of one image (H, W, 3): the Gaussian over distance, neighbours only."""
    height, width, _ = image.shape
    y, x = (axis.reshape(-1, 1) for axis in np.mgrid[:height, :width])
    distance = np.hypot(y - y.T, x - x.T)
    near = (distance > 0) & (distance < (1.5 if diagonals else 1.2))
    gaussian = gaussian_affinity(image, sigma_xy, sigma_rgb)
    return np.where(near, gaussian / np.maximum(distance, 1), 0.0)


def restrict(W, region):
    """W between the pixels of a region (H, W) only."""
    inside = np.asarray(region, np.float64).reshape(-1)
    return W * inside[:, None] * inside[None, :]


def crf_energy(W, S):
    """Eq. 4: sum_k S_k' W (1 - S_k)."""
    return sum(s @ W @ (1 - s) for s in S.T)


def quadratic_energy(W, S):
    """Right side of eq. 3: sum_pq W_pq |S_p - S_q|^2."""
    return sum(np.sum(W * (s[:, None] - s[None, :]) ** 2) for s in S.T)


def cut_energy(W, S):
    """Eq. 5: sum_k S_k' W (1 - S_k) / d' S_k."""
    d = W.sum(axis=1)
    return sum(s @ W @ (1 - s) / (d @ s) for s in S.T)


@pytest.fixture(scope="session")
def dense():
    """The functions above."""
    return types.SimpleNamespace(
        gaussian_affinity=gaussian_affinity,
        grid_affinity=grid_affinity,
        restrict=restrict,
        crf_energy=crf_energy,
        quadratic_energy=quadratic_energy,
        cut_energy=cut_energy,
    )


@pytest.fixture
def exact_filter(monkeypatch):
    """Puts the exact affinity in the place of the lattice.

    What is left is the losses' own arithmetic, which must then be right to rounding.
    """

    def bilateral_forms(
        values, image, *, sigma_xy, sigma_rgb, region=None, equalized=False
    ):
        del equalized  # as good as it gets
        W = np.stack([gaussian_affinity(one, sigma_xy, sigma_rgb) for one in image])
        if region is not None:
            W = np.stack([restrict(*pair) for pair in zip(W, region, strict=True)])
        d = W.sum(axis=2, keepdims=True)
        S = tf.reshape(tf.cast(values, tf.float64), [*W.shape[:2], values.shape[-1]])
        forms = ops.QuadraticForms(
            within=tf.reduce_sum(S * tf.matmul(W, S), axis=1),
            degree=tf.reduce_sum(S * d, axis=1),
            total=W.sum(axis=(1, 2)),
            degrees=d.reshape(*values.shape[:3], 1),
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


def random_image(shape, *, seed=0):
    """A noisy ramp (B, H, W, 3) in [0, 255]: near pixels are alike, but not equal."""
    batch, height, width = shape
    rng = np.random.default_rng(seed)
    ramp = np.linspace(0, 160, width)[None, None, :, None]
    image = ramp + rng.uniform(0, 95, (batch, height, width, 3))
    return image.astype(np.float32)


@pytest.fixture(scope="session")
def make():
    """`make.probs(shape)` and `make.image((B, H, W))`."""
    return types.SimpleNamespace(probs=random_probs, image=random_image)
