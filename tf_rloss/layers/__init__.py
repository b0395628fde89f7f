"""Small Keras layers which the networks share."""

from tf_rloss.layers.fused_batch_normalization import FusedBatchNormalization
from tf_rloss.layers.resize_like import ResizeLike

__all__ = ["FusedBatchNormalization", "ResizeLike"]
