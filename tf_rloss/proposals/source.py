"""Sources whose masks are proposals, made from their scribbles."""

import concurrent.futures
import os
from collections.abc import Callable

import numpy as np

from tf_rloss.data import DataError, Example, Source
from tf_rloss.data.label_maps import resize_label_map
from tf_rloss.data.scribbles.simulation import with_drawn

Propose = Callable[..., np.ndarray]
"""`propose(example, num_classes) -> mask`, or with `probs` as a third argument."""

Predict = Callable[[np.ndarray, tuple[int, int]], np.ndarray]
"""`predict(image (H, W, C), (H, W)) -> probs (H, W, K)`, such as
`tf_rloss.evaluation.make_predict` returns."""


def with_proposals(
    source: Source, propose: Propose, predict: Predict | None = None
) -> Source:
    """Returns a source of the same images with proposals as their masks.

    A proposal is made at the size of the image when the image is first read, and kept
    compressed in memory. The source's own masks, if any, play no part.

    Args:
        source: a source with scribbles.
        propose: `grabcut`, `scribblesup` or a function like them, which many threads
            can call at once.
        predict: a network, whose probabilities `propose` gets as its third argument;
            None to call `propose` with two arguments. Proposals depend on the state of
            the network: make all of them with `make_proposals` before it is trained
            further. For new proposals call this function again with the first source.

    Raises:
        DataError: if the source has no scribbles.
    """
    if not source.has_scribbles:
        raise DataError(
            f"Proposals are made from scribbles, and source {source.name!r} has none."
        )

    def make(name: str, example: Example) -> np.ndarray:
        del name
        size, scribble = example.image.shape[:2], example.scribble
        if scribble.shape != size:
            scribble = resize_label_map(scribble, size, keep_classes=True)
        scribbled = example._replace(scribble=scribble, mask=None)
        probs = [] if predict is None else [predict(example.image, size)]
        return propose(scribbled, source.num_classes, *probs)

    return with_drawn(source, make, "mask")


def make_proposals(
    source: Source, progress: Callable[[int, int], None] | None = None
) -> None:
    """Makes all proposals of a source, several at a time.

    Args:
        source: a source from `with_proposals`.
        progress: called in this thread after each proposal, with the number of
            proposals that are made and the number of all.
    """

    def make(name: str) -> None:
        source.read(name)  # the example itself is not kept

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        tasks = [pool.submit(make, name) for name in source.ids]
        try:
            for done, task in enumerate(concurrent.futures.as_completed(tasks), 1):
                task.result()
                if progress is not None:
                    progress(done, len(source))
        finally:
            pool.shutdown(cancel_futures=True)
