"""A source whose masks are proposals, made from its scribbles."""

import concurrent.futures
import dataclasses
import os
import zlib
from collections.abc import Callable

import numpy as np

from tf_rloss.data import DataError, Example, Source
from tf_rloss.data.label_maps import resize_label_map

Propose = Callable[..., np.ndarray]
"""`propose(example, num_classes) -> mask`, or with `probs` as a third argument."""

Predict = Callable[[np.ndarray, tuple[int, int]], np.ndarray]
"""`predict(image (H, W, 3), (H, W)) -> probs (H, W, K)`, e.g. of
`tf_rloss.evaluation.make_predict`."""


def with_proposals(
    source: Source, propose: Propose, predict: Predict | None = None
) -> Source:
    """Returns the source with proposals as its masks.

    A proposal is made when first needed, at the size of the image, and then kept
    (compressed) in memory. Any masks of the source are not looked at.

    Args:
        source: a source with scribbles.
        propose: `grabcut`, `scribblesup` or a function like them; called from many
            threads.
        predict: the network whose probabilities `propose` gets as third argument, or
            None to leave it out. To update proposals, call this function again with
            the original source: what is kept belongs to one state of the network, so
            make all of it (`make_proposals`) before that state changes.

    Raises:
        DataError: if the source has no scribbles.
    """
    if not source.has_scribbles:
        raise DataError(
            f"Proposals are made from scribbles, and source {source.name!r} has none."
        )
    made: dict[str, bytes] = {}

    def read(name: str) -> Example:
        example = source.read(name)
        size = example.image.shape[:2]
        if name not in made:
            scribble = example.scribble
            if scribble.shape != size:
                scribble = resize_label_map(scribble, size, keep_classes=True)
            scribbled = example._replace(scribble=scribble, mask=None)
            probs = [] if predict is None else [predict(example.image, size)]
            proposal = propose(scribbled, source.num_classes, *probs)
            made[name] = zlib.compress(proposal.tobytes(), 1)
        mask = np.frombuffer(zlib.decompress(made[name]), np.uint8)
        return example._replace(mask=mask.reshape(size))

    return dataclasses.replace(source, has_masks=True, read=read)


def make_proposals(
    source: Source, progress: Callable[[int, int], None] | None = None
) -> None:
    """Makes all proposals of a source of `with_proposals`, several at a time.

    Args:
        source: what `with_proposals` returned.
        progress: called, from the calling thread, with (how many are made, how many
            there are) after each one.
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
