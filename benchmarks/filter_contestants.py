"""What filter.py measures; each function here makes one contestant in a worker."""

import functools

import numpy as np

from benchmarks import native, photographs


class Contestant:
    """A function to be timed; see worker.py."""

    def __init__(self, call, facts=dict, output_bytes=0):
        self.call = call
        self.facts = facts
        self.output_bytes = output_bytes


class Problem:
    """Photographs, values and bandwidths, as arrays; made when first used."""

    def __init__(self, images, channels, sigma_xy, sigma_rgb):
        self.images = np.load(images)
        self.channels = channels
        self.sigma_xy = sigma_xy
        self.sigma_rgb = sigma_rgb
        self.batch, self.height, self.width, _ = self.images.shape
        self.points = self.height * self.width

    @functools.cached_property
    def features(self):
        return photographs.features(self.images, self.sigma_xy, self.sigma_rgb)

    @functools.cached_property
    def values(self):
        return photographs.values(self.batch, self.points, self.channels)

    @functools.cached_property
    def planar_values(self):
        return photographs.planar_values(self.batch, self.points, self.channels)

    @property
    def output_bytes(self):
        return 4 * self.batch * self.points * self.channels


def copy(library, megabytes, threads):
    """Copies memory with all threads."""
    core = native.Core(library, threads)
    source = np.ones(megabytes * 1_000_000, np.uint8)
    target = np.zeros_like(source)
    return Contestant(lambda: core.copy(source, target))


def core(library, problem, threads, **options):
    """The lattice called from C++, into an output that is reused.

    Args:
        library: of `native.build_core`.
        problem: arguments of `Problem`.
        threads: for it.
        **options: of `native.Core.filter`.
    """
    problem = Problem(**problem)
    lattice = native.Core(library, threads)
    output = np.ones_like(problem.values)
    features = problem.features
    calls = 0

    def call():
        nonlocal calls
        calls += 1
        lattice.filter(problem.values, features, output, **options)
        return output

    def facts():
        nonlocal calls
        stages = lattice.take_stages()
        milliseconds = {s: 1000 * stages[s] / max(calls, 1) for s in stages}
        calls = 0
        return {
            "vertices": lattice.vertices,
            "instructions": lattice.instruction_set,
            "stages": milliseconds,
        }

    return Contestant(call, facts)


def plain(library, problem):
    """The plain lattice, one image after another, into an output that is reused."""
    problem = Problem(**problem)
    values, features = problem.planar_values, problem.features
    output = np.ones_like(values)

    def call():
        for image in range(problem.batch):
            lattice = native.PlainLattice(library, features[image])
            lattice.filter(values[image], output[image])
        return output

    return Contestant(call)


def plain_ten(library, problem):
    """Ten filters on one plain lattice."""
    problem = Problem(**problem)
    values, features = problem.planar_values, problem.features
    output = np.ones_like(values)

    def call():
        for image in range(problem.batch):
            lattice = native.PlainLattice(library, features[image])
            for _ in range(10):
                lattice.filter(values[image], output[image])

    return Contestant(call)


def rloss(library, problem, threads):
    """The filter of rloss on planar arrays, as its wrapper calls it."""
    problem = Problem(**problem)
    shape = (problem.batch, problem.channels, problem.height, problem.width)
    values = problem.planar_values.reshape(shape)
    images = np.ascontiguousarray(problem.images.transpose(0, 3, 1, 2))
    output = np.ones_like(values)
    bandwidths = {"sigma_rgb": problem.sigma_rgb, "sigma_xy": problem.sigma_xy}

    def call():
        native.rloss_filter(
            library, images, values, output, threads=threads, **bandwidths
        )
        return output

    return Contestant(call)


def pydensecrf(problem, kernels):
    """Ten iterations of pydensecrf's mean field, from features to probabilities."""
    from pydensecrf import densecrf

    problem = Problem(**problem)
    image = np.ascontiguousarray(np.round(problem.images[0]).astype(np.uint8))
    unary = np.ascontiguousarray(-np.log(problem.planar_values[0] + 1e-3))
    sigma_xy, sigma_rgb = problem.sigma_xy, problem.sigma_rgb

    def call():
        crf = densecrf.DenseCRF2D(problem.width, problem.height, problem.channels)
        crf.setUnaryEnergy(unary)
        if kernels == 2:
            crf.addPairwiseGaussian(sxy=3, compat=3)
        crf.addPairwiseBilateral(sxy=sigma_xy, srgb=sigma_rgb, rgbim=image, compat=10)
        crf.inference(10)

    return Contestant(call)
