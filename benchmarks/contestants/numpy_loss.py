"""The CRF loss of rloss on a CPU: NumPy around a compiled filter."""

import numpy as np

from benchmarks.contestants import plain, rloss
from benchmarks.contestants.problem import Problem
from benchmarks.harness.contestant import Contestant


def make(problem: dict, library: str, who: str, threads: int) -> Contestant:
    """Makes what rloss' DenseCRFLoss computes, around its filter or the plain lattice.

    Forward: the region of interest times S, one filter A S, and -S'AS / B. Backward:
    -2 A S / B within the region. Arrays are planar, (B, K, H, W), as in rloss.

    Args:
        problem: arguments of `Problem`.
        library: of `rloss.build` or `plain.build`.
        who: "rloss" for its filter, "plain" for the plain lattice.
        threads: for rloss, where each image takes one thread.
    """
    problem = Problem(**problem)
    batch, _, _, channels = problem.shape
    images = problem.planar_images
    probs = np.ascontiguousarray(problem.probs.transpose(0, 3, 1, 2))
    region = np.ones_like(probs[:, :1])
    features = problem.features if who == "plain" else None

    def filter_into(segments, product):
        if who == "rloss":
            options = {**problem.bandwidths, "threads": threads}
            rloss.filter_into(library, images, segments, product, **options)
            return
        planes = (channels, problem.points)
        for i in range(batch):
            lattice = plain.PlainLattice(library, features[i])
            lattice.filter(segments[i].reshape(planes), product[i].reshape(planes))

    def call():
        segments = probs * region
        product = np.zeros_like(segments)
        filter_into(segments, product)
        energy = -np.dot(segments.ravel(), product.ravel()) / batch
        gradient = (-2 / batch) * product
        gradient *= region
        return energy, gradient

    return Contestant(call)
