"""Memory during a long training and many calls: it has to stay flat."""

import contextlib
import gc
import io
import pathlib

import numpy as np
import tensorflow as tf

from tests.campaign.session import Session
from tests.trainers import toys
from tf_rloss import losses, ops
from trainers.engine.run import Training
from trainers.engine.run import run as train

WARM = 0.4
"""Share of the measurements in which caches fill."""
MOST_GROWTH = 24 << 20
"""Bytes that the rest of a case may add; its noise is a few MB."""
EPOCHS = 120
CALLS = 400
CALLS_PER_MEASUREMENT = 10


def run(session: Session, epochs: int = EPOCHS, calls: int = CALLS) -> None:
    """Trains for many epochs, or calls a loss in eager mode and in a graph."""
    for case in session.cases():
        if case % 2 == 0:
            sizes = training_sizes(session, epochs)
            what = "epochs"
        else:
            sizes = call_sizes(session, calls)
            what = "calls"
        session.tried(what, epochs if case % 2 == 0 else calls)
        rest = sizes[int(len(sizes) * WARM) :]
        # Medians of the first and the last quarter of what is left.
        quarter = max(1, len(rest) // 4)
        growth = np.median(rest[-quarter:]) - np.median(rest[:quarter])
        session.tried("KiB grown", float(round(growth / 1024)))
        if growth > MOST_GROWTH:
            session.find(f"{growth / 2**20:.1f} MiB were added during the {what}")


def training_sizes(session: Session, epochs: int) -> list[int]:
    """Returns the size of the process after each epoch of a training."""
    sizes: list[int] = []
    end_epoch = Training._end_epoch

    def end_and_measure(self, *arguments) -> None:
        end_epoch(self, *arguments)
        sizes.append(resident())
        session.alive()

    Training._end_epoch = end_and_measure
    try:
        with session.scratch() as folder, contextlib.redirect_stdout(io.StringIO()):
            config = toys.make_config(folder / "run", epochs=epochs)
            source, val = toys.make_source(), toys.make_source(4, name="val")
            train(toys.make_recipe(), config, source, val)
    finally:
        Training._end_epoch = end_epoch
    return sizes


def call_sizes(session: Session, calls: int) -> list[int]:
    """Returns the size of the process during calls of filters and of a loss."""
    random = np.random.default_rng(0)
    image = tf.constant(random.uniform(0, 255, (2, 48, 48, 3)), tf.float32)
    probs = tf.constant(random.dirichlet([1, 1, 1], (2, 48, 48)), tf.float32)
    loss = losses.KernelCutLoss()

    @tf.function
    def gradient(image: tf.Tensor, probs: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(probs)
            value = loss(image, probs)
        return tape.gradient(value, probs)

    sizes = []
    for call in range(calls):
        gradient(image, probs)
        ops.bilateral_filter(probs, image, sigma_xy=20.0, sigma_color=15.0)
        features = ops.bilateral_features(image, sigma_xy=20.0, sigma_color=15.0)
        with contextlib.suppress(tf.errors.InvalidArgumentError):
            ops.permutohedral_filter(features, features * np.nan)
        if call % CALLS_PER_MEASUREMENT == 0:
            sizes.append(resident())
            session.alive()
    return sizes


def resident() -> int:
    """Returns the memory in bytes that the process holds now."""
    gc.collect()
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096
