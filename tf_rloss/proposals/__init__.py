"""Proposals: full masks made from scribbles, which are trained on like true masks."""

from tf_rloss.proposals.grabcut import OpenCVMissingError, grabcut
from tf_rloss.proposals.scribblesup import scribblesup
from tf_rloss.proposals.source import make_proposals, with_proposals

__all__ = [
    "OpenCVMissingError",
    "grabcut",
    "make_proposals",
    "scribblesup",
    "with_proposals",
]
