"""Losses over partial labels and regularizers over all pixels."""

from tf_rloss.losses.constrain_to_boundary import (
    ConstrainToBoundaryLoss,
    constrain_to_boundary_loss,
)
from tf_rloss.losses.dense_crf import DenseCRFLoss, dense_crf_loss
from tf_rloss.losses.dense_crf_adm import DenseCRFADMLoss, dense_crf_adm_loss
from tf_rloss.losses.dense_crf_proposals import (
    dense_crf_adm_energy,
    dense_crf_proposals,
)
from tf_rloss.losses.expansion import ExpansionLoss, expansion_loss
from tf_rloss.losses.kernel_cut import KernelCutLoss, kernel_cut_loss
from tf_rloss.losses.normalized_cut import NormalizedCutLoss, normalized_cut_loss
from tf_rloss.losses.partial_crossentropy import (
    PartialCrossentropy,
    partial_crossentropy,
)
from tf_rloss.losses.seeding import SeedingLoss, seeding_loss
from tf_rloss.losses.tag_crossentropy import TagCrossentropy, tag_crossentropy

__all__ = [
    "ConstrainToBoundaryLoss",
    "DenseCRFADMLoss",
    "DenseCRFLoss",
    "ExpansionLoss",
    "KernelCutLoss",
    "NormalizedCutLoss",
    "PartialCrossentropy",
    "SeedingLoss",
    "constrain_to_boundary_loss",
    "dense_crf_adm_energy",
    "dense_crf_adm_loss",
    "TagCrossentropy",
    "dense_crf_loss",
    "dense_crf_proposals",
    "expansion_loss",
    "kernel_cut_loss",
    "normalized_cut_loss",
    "partial_crossentropy",
    "seeding_loss",
    "tag_crossentropy",
]
