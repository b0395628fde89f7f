"""Mean field of pydensecrf, in a Python that the user names."""

import numpy as np
from pydensecrf import densecrf

from benchmarks.contestants.problem import Problem
from benchmarks.harness.contestant import Contestant


def make(problem: dict, kernels: int) -> Contestant:
    """Makes ten iterations of mean field on one image, features included.

    Args:
        problem: arguments of `Problem`; only its first image is taken.
        kernels: 1 for the bilateral kernel, 2 for a spatial one besides.
    """
    problem = Problem(**problem)
    _, height, width, channels = problem.shape
    image = np.ascontiguousarray(np.round(problem.images[0]).astype(np.uint8))
    unary = np.ascontiguousarray(-np.log(problem.planar_values[0] + 1e-3))
    sigma_xy, sigma_color = problem.bandwidths.values()

    def call():
        crf = densecrf.DenseCRF2D(width, height, channels)
        crf.setUnaryEnergy(unary)
        if kernels == 2:
            crf.addPairwiseGaussian(sxy=3, compat=3)
        crf.addPairwiseBilateral(sxy=sigma_xy, srgb=sigma_color, rgbim=image, compat=10)
        crf.inference(10)

    return Contestant(call)
