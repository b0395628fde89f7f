"""Proposals: full masks made from scribbles, to train on as if they were true."""

from tf_rloss.proposals.scribblesup import scribblesup

__all__ = ["scribblesup"]
