"""Options of a training on a few labelled and many unlabelled images."""

import dataclasses

from .. import defaults
from ..options import option


@dataclasses.dataclass(frozen=True)
class UnlabelledOptions:
    """The labelled images, their labels, and the images without."""

    labelled_images: int | None = option(
        None,
        "Number of training images that keep their labels. Default: --labelled_share "
        "of them.",
        at_least=1,
    )
    labelled_share: float | None = option(
        None,
        "Share of the training images that keep their labels. Default: "
        f"{defaults.LABELLED_SHARE:g}, or all where --unlabelled_dir is given.",
        at_least=0,
        at_most=1,
    )
    unlabelled_dir: str | None = option(
        None, "Folder of further images without labels, of any size."
    )
    labels: str = option("mask", "Kind of labels.", choices=("mask", "scribble"))
    regularize: str = option(
        "unlabelled",
        "Images that the regularizer acts on.",
        choices=("unlabelled", "all"),
    )
    labelled_per_batch: int | None = option(
        None,
        "Number of labelled images in every batch of phase 2; 0 mixes all images at "
        "random. Default: half of the batch.",
        at_least=0,
    )
