"""Regularized losses for weakly supervised segmentation, on TensorFlow and Keras.

Importing loads no compiled library and starts no device; the filter's library is
loaded at its first use.
"""

from tf_rloss import (
    data,
    evaluation,
    export,
    files,
    labels,
    layers,
    losses,
    models,
    ops,
    proposals,
    visualization,
)

__all__ = [
    "data",
    "evaluation",
    "export",
    "files",
    "labels",
    "layers",
    "losses",
    "models",
    "ops",
    "proposals",
    "visualization",
]
__version__ = "0.1.0"
