"""Mean-field inference by its definition: one image, every pair of pixels."""

import numpy as np


def softmax(logits):
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def normalized(kernel, normalization, self_term=True, region=None):
    """The matrix K~ (N, N) of a kernel's matrix K.

    Args:
        kernel: symmetric matrix (N, N).
        normalization: "symmetric", "before", "after" or "none".
        self_term: whether the diagonal is kept.
        region: None, or (N,) of zeros and ones: pixels that count.
    """
    inside = np.ones(len(kernel)) if region is None else region
    kernel = kernel * np.outer(inside, inside)
    degrees = np.where(inside > 0, kernel.sum(axis=1), 1.0)
    scale = {
        "symmetric": 1 / np.sqrt(np.outer(degrees, degrees)),
        "before": 1 / degrees[None, :],  # what pixel q sends is divided
        "after": 1 / degrees[:, None],  # what pixel p receives is divided
        "none": inside.sum() / (degrees * inside).sum(),
    }[normalization]
    if not self_term:
        kernel = kernel - np.diag(inside)  # K_pp = 1
    return kernel * scale


def mean_field(logits, kernels, compatibilities, iterations):
    """Q (N, K) after some updates.

    Args:
        logits: (N, K), minus the unary potentials.
        kernels: matrices K~ (N, N).
        compatibilities: of each kernel, (K, K): what class b pays for a neighbour of
            class a.
        iterations: number of updates.
    """
    q = softmax(logits)
    for _ in range(iterations):
        energy = -logits
        for kernel, compatibility in zip(kernels, compatibilities, strict=True):
            energy = energy + kernel @ q @ compatibility
        q = softmax(-energy)
    return q
