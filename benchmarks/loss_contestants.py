"""What losses.py measures; each function here makes one contestant in a worker."""

import numpy as np

from benchmarks import native
from benchmarks.filter_contestants import Contestant, Problem
from benchmarks.tensorflow_contestants import finished, tensorflow

# The second affinity of a kernel cut, as a part of the first's bandwidths.
SECOND = 0.8


def loss(problem, kind, device="CPU", compiled=False):
    """A loss of this package, forward and backward.

    Args:
        problem: arguments of `Problem`.
        kind: "dense_crf", "equalized" (the same on an equalized lattice),
            "normalized_cut", "kernel_cut" (one affinity), "kernel_cut_2" (two).
        device: "CPU" or "GPU".
        compiled: whether XLA compiles it.
    """
    tf = tensorflow()
    from tf_rloss import losses

    problem = Problem(**problem)
    kernel = {"sigma_xy": problem.sigma_xy, "sigma_rgb": problem.sigma_rgb}
    second = {f"cut_{name}": SECOND * sigma for name, sigma in kernel.items()}
    function, options = {
        "dense_crf": (losses.dense_crf_loss, {}),
        "equalized": (losses.dense_crf_loss, {"equalized": True}),
        "normalized_cut": (losses.normalized_cut_loss, {}),
        "kernel_cut": (losses.kernel_cut_loss, {}),
        "kernel_cut_2": (losses.kernel_cut_loss, second),
    }[kind]

    # The image is an argument lest TensorFlow compute its features only once.
    @tf.function(jit_compile=compiled)
    def forward_and_backward(image, probs):
        with tf.GradientTape() as tape:
            tape.watch(probs)
            energy = tf.reduce_sum(function(image, probs, **kernel, **options))
        return energy, tape.gradient(energy, probs)

    with tf.device(device):
        image = tf.constant(problem.images)
        probs = tf.constant(probabilities(problem))

    def call():
        with tf.device(device):
            return forward_and_backward(image, probs)

    return Contestant(finished(call, device))


def probabilities(problem: Problem) -> np.ndarray:
    """Values that sum to one over channels, (B, H, W, K)."""
    shape = (problem.batch, problem.height, problem.width, problem.channels)
    values = problem.values / problem.values.sum(axis=-1, keepdims=True)
    return values.reshape(shape)


def reference_loss(problem, library, who, threads):
    """What rloss' DenseCRFLoss computes on a CPU, in NumPy around a compiled filter.

    Forward: the region of interest times S, one filter A S, and -S'AS / B. Backward:
    -2 A S / B within the region. Arrays are planar as theirs.

    Args:
        problem: arguments of `Problem`.
        library: that of `who`.
        who: "rloss" for their filter, "plain" for the plain lattice.
        threads: for rloss, which has one image a thread.
    """
    problem = Problem(**problem)
    images = np.ascontiguousarray(problem.images.transpose(0, 3, 1, 2))
    probs = np.ascontiguousarray(probabilities(problem).transpose(0, 3, 1, 2))
    region = np.ones_like(probs[:, :1])
    features = problem.features if who == "plain" else None
    bandwidths = {"sigma_xy": problem.sigma_xy, "sigma_rgb": problem.sigma_rgb}

    def filter_into(segments, product):
        if who == "rloss":
            native.rloss_filter(
                library, images, segments, product, threads=threads, **bandwidths
            )
            return
        planes = (problem.channels, problem.points)
        for i in range(problem.batch):
            lattice = native.PlainLattice(library, features[i])
            lattice.filter(segments[i].reshape(planes), product[i].reshape(planes))

    def call():
        segments = probs * region
        product = np.zeros_like(segments)
        filter_into(segments, product)
        energy = -np.dot(segments.ravel(), product.ravel()) / problem.batch
        gradient = (-2 / problem.batch) * product
        gradient *= region
        return energy, gradient

    return Contestant(call)
