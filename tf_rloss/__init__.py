"""Regularized losses for weakly supervised segmentation, on TensorFlow and Keras."""

from tf_rloss import ops

__all__ = ["ops"]
__version__ = "0.1.0"
