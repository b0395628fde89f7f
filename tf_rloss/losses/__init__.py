"""Losses over partial labels and regularizers over all pixels."""

from tf_rloss.losses.dense_crf import DenseCRFLoss, dense_crf_loss
from tf_rloss.losses.kernel_cut import KernelCutLoss, kernel_cut_loss
from tf_rloss.losses.normalized_cut import NormalizedCutLoss, normalized_cut_loss
from tf_rloss.losses.partial_crossentropy import (
    PartialCrossentropy,
    partial_crossentropy,
)

__all__ = [
    "DenseCRFLoss",
    "KernelCutLoss",
    "NormalizedCutLoss",
    "PartialCrossentropy",
    "dense_crf_loss",
    "kernel_cut_loss",
    "normalized_cut_loss",
    "partial_crossentropy",
]
