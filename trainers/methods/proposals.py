"""Training images whose masks are proposals, guessed from their scribbles."""

import functools
import pathlib

import numpy as np
import tensorflow as tf

from tf_rloss import data, evaluation, losses, proposals
from tf_rloss.data.label_maps import resize_label_map
from tf_rloss.files import write_json

from ..engine.progress import ImageProgress
from ..errors import UserError
from ..trained.loading import load_trained
from .proposal_options import DENSE_CRF, GRABCUT, SCRIBBLESUP, ProposalOptions
from .regularizer_options import RegularizerOptions

FILE = "proposals.json"
"""File beside the weights with the scores of the proposals that were trained on."""


def with_proposals(
    source: data.Source, options: ProposalOptions, *, make_all: bool
) -> data.Source:
    """Returns the training images with proposals as their masks.

    Args:
        source: images with scribbles.
        options: settings of the proposals.
        make_all: whether to make them now, several at a time and with progress; else
            each is made when it is first read.

    Raises:
        UserError: if the images are not RGB, and the proposals need that.
    """
    if options.proposals != DENSE_CRF and source.image_form.channels is not None:
        raise UserError(
            f"--proposals={options.proposals} needs images in 8-bit RGB. With "
            f"--channels only --proposals={DENSE_CRF} works."
        )
    propose = {
        GRABCUT: proposals.grabcut,
        SCRIBBLESUP: proposals.scribblesup,
        DENSE_CRF: dense_crf,
    }[options.proposals]
    predict = None
    if options.proposals_from is not None:
        trained = load_trained("proposals_from", options.proposals_from)
        trained.check_form(source.image_form)
        predict = evaluation.make_predict(trained.segmenter)
    proposed = proposals.with_proposals(source, propose, predict)
    if make_all:
        progress = ImageProgress(len(source), "proposals made")
        proposals.make_proposals(proposed, lambda done, total: progress.advance())
        progress.finish()
    return proposed


def dense_crf(example: data.Example, num_classes: int, probs: np.ndarray) -> np.ndarray:
    """Makes a full mask: the mean field of a dense CRF, held to the scribbles.

    The CRF is that of the regularizer "adm", with the bandwidths that fit the image.

    Args:
        example: an image and its scribble, of the image's size.
        num_classes: K.
        probs: float (H, W, K), probabilities of a network.

    Returns:
        uint8 (H, W), the most probable class of each pixel.
    """
    assert probs.shape[-1] == num_classes
    image, scribble = example.image, example.scribble
    refine = _mean_field(image.shape[1])
    image, probs = tf.constant(image[np.newaxis]), tf.constant(probs[np.newaxis])
    probs = refine(image, probs, labels=scribble[np.newaxis])
    return probs[0].numpy().argmax(-1).astype(np.uint8)


@functools.cache
def _mean_field(width: int):
    """Returns the function that makes soft proposals for images of a width."""
    options = RegularizerOptions(regularizer="adm").resolve(width)
    settings = options.loss_arguments
    for of_the_loss in ("scale", "region_channel", "label_channel"):
        del settings[of_the_loss]
    return functools.partial(losses.dense_crf_proposals, **settings)


def write_proposal_scores(
    folder: pathlib.Path, source: data.Source, proposed: data.Source
) -> None:
    """Compares proposals with the true masks, where there are some.

    The scores are printed, and written as `FILE`.

    Args:
        folder: folder to write into.
        source: training images.
        proposed: the same images with proposals as masks.
    """
    confusion = evaluation.ConfusionMatrix(source.num_classes)
    scored = 0
    for name in source.ids:
        mask = source.read(name).mask
        if mask is not None:
            proposal = resize_label_map(proposed.read(name).mask, mask.shape)
            confusion.update(mask, proposal)
            scored += 1
    if not scored:
        return
    scores = evaluation.summarize(confusion, source.class_names)
    write_json(folder / FILE, {"images": scored, **scores})
    print(
        f"Proposals for the training images have mIoU {confusion.mean_iou:.4f} "
        f"({scored} images with masks)."
    )
