"""Random calls of every loss, in every mode, against the formulas."""

from tests.campaign.loss_cases import make_call
from tests.campaign.modes import MODES
from tests.campaign.ops_fuzz import check
from tests.campaign.session import Session


def run(session: Session) -> None:
    """Tries calls, each in one mode."""
    for _ in session.cases():
        random = session.random(salt=1)
        call = make_call(random)
        mode = str(random.choice(MODES))
        message = check(session, call, mode)
        if message:
            session.find(f"{call} in mode {mode}: {message}")
