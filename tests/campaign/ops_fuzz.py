"""Random calls of every public op, in every mode, against the plain references."""

import numpy as np

from tests.campaign import mean_field_cases, op_cases
from tests.campaign.modes import MODES, fault_of, in_mode, mismatch
from tests.campaign.op_cases import Call
from tests.campaign.session import Session

OUT_OF_RANGE = ("magnitude up to", "use larger bandwidths")
"""Parts of the messages that refuse features which are too large for the lattice."""


MAKERS = (
    op_cases.filter_call,
    op_cases.filter_call,
    op_cases.lattice_call,
    op_cases.bilateral_call,
    op_cases.forms_call,
    op_cases.features_call,
    mean_field_cases.kernel_call,
    mean_field_cases.mean_field_call,
)


def run(session: Session) -> None:
    """Tries calls, each in one mode."""
    for _ in session.cases():
        random = session.random()
        call = MAKERS[random.integers(len(MAKERS))](random)
        mode = str(random.choice(MODES))
        message = check(session, call, mode)
        if message:
            session.find(f"{call} in mode {mode}: {message}")


def check(session: Session, call: Call, mode: str) -> str | None:
    """Makes a call; returns what is wrong with the results or with the error."""
    session.tried(mode)
    try:
        autograph = session.case % 10 == 0
        found = in_mode(mode, call.function, *call.arrays, autograph=autograph)
    except Exception as error:
        session.tried("refused")
        text = str(error)
        if call.wrong or any(part in text for part in OUT_OF_RANGE):
            return fault_of(error)
        if mode == "rankless" and "must be" in text:
            return fault_of(error)
        return f"refused: {type(error).__name__}: {text:.300}"
    if call.wrong:
        return "accepted"
    if mode != "eager":
        eager = in_mode("eager", call.function, *call.arrays)
        session.tried("compared with eager")
        if wrong := mismatch(eager, found, call.tolerance, call.size):
            return f"another result than in eager mode: {wrong}"
    if call.expected is None:
        return None
    session.tried("compared with a reference")
    with np.errstate(all="ignore"):
        expected = call.expected()
    if wrong := mismatch(expected, found, call.tolerance, call.size):
        return f"another result than the reference's: {wrong}"
    return None
