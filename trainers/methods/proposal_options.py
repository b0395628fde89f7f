"""Options of proposals: full masks guessed from scribbles, to train on."""

import dataclasses

from ..datasets.options import SCRIBBLE_FLAGS
from ..errors import UserError
from ..options import Given, build, option

GRABCUT, SCRIBBLESUP, DENSE_CRF = "grabcut", "scribblesup", "dense_crf"


@dataclasses.dataclass(frozen=True)
class ProposalOptions:
    """Masks that are guessed from scribbles before the training."""

    proposals: str | None = option(
        None,
        "Trains on masks that are guessed from the scribbles, in place of those of "
        "labels/. grabcut: GrabCut for each class. scribblesup: graph cuts on "
        "superpixels. dense_crf: mean field of a dense CRF on the output of "
        "--proposals_from, held to the scribbles. Default: the true masks.",
        choices=(GRABCUT, SCRIBBLESUP, DENSE_CRF),
    )
    proposals_from: str | None = option(
        None,
        "Network whose output the proposals start from: the folder of a run or a "
        ".keras file. scribblesup can do without; dense_crf needs one.",
    )

    @classmethod
    def of(cls, given: Given) -> "ProposalOptions":
        """Reads the options out of what the user gave.

        Raises:
            UserError: if they do not fit together.
        """
        options = build(cls, given)
        if options.proposals == DENSE_CRF and options.proposals_from is None:
            raise UserError("--proposals=dense_crf needs --proposals_from=RUN.")
        for flag in SCRIBBLE_FLAGS:
            if flag in given and options.proposals is None:
                raise UserError(
                    f"--{flag} needs --proposals: masks are trained on as they are."
                )
        if (
            options.proposals_from is not None
            and options.proposals not in _FROM_A_NETWORK
        ):
            raise UserError(
                f"--proposals_from needs --proposals={' or '.join(_FROM_A_NETWORK)}."
            )
        return options


_FROM_A_NETWORK = (SCRIBBLESUP, DENSE_CRF)
