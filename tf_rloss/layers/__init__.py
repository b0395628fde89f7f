"""Keras layers: the dense CRF, and small layers that the networks share."""

from tf_rloss.layers.aligned_corners import (
    PadToCorners,
    ScaleCorners,
    UpsampleCorners,
)
from tf_rloss.layers.atrous_conv import AtrousConv2D
from tf_rloss.layers.batch_normalization import BatchNormalization
from tf_rloss.layers.caffe_normalization import CaffeNormalization
from tf_rloss.layers.crf_as_rnn import CRFAsRNN
from tf_rloss.layers.dense_crf import PUBLISHED_CRFS, DenseCRF
from tf_rloss.layers.multiscale import FineConv2D, SumCorners
from tf_rloss.layers.padding import CropLike, PadToMultiple
from tf_rloss.layers.resize_like import ResizeLike

__all__ = [
    "PUBLISHED_CRFS",
    "AtrousConv2D",
    "BatchNormalization",
    "CRFAsRNN",
    "CaffeNormalization",
    "CropLike",
    "DenseCRF",
    "FineConv2D",
    "PadToCorners",
    "PadToMultiple",
    "ResizeLike",
    "ScaleCorners",
    "SumCorners",
    "UpsampleCorners",
]
