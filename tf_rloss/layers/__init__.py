"""Small Keras layers which the networks share."""

from tf_rloss.layers.aligned_corners import PadToCorners, UpsampleCorners
from tf_rloss.layers.batch_normalization import BatchNormalization
from tf_rloss.layers.caffe_normalization import CaffeNormalization
from tf_rloss.layers.padding import CropLike, PadToMultiple
from tf_rloss.layers.resize_like import ResizeLike

__all__ = [
    "BatchNormalization",
    "CaffeNormalization",
    "CropLike",
    "PadToCorners",
    "PadToMultiple",
    "ResizeLike",
    "UpsampleCorners",
]
