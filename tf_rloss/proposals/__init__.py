"""Proposals: full masks made from scribbles, to train on as if they were true."""

from tf_rloss.proposals.grabcut import OpenCVMissingError, grabcut
from tf_rloss.proposals.scribblesup import scribblesup

__all__ = ["OpenCVMissingError", "grabcut", "scribblesup"]
