"""The parts of the campaign: what they try, and their share of the time."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Part:
    """A part of the campaign.

    Attributes:
        module: its module in tests.campaign, with a function `run(session)`.
        what: what it tries, for the printed plan.
        share: its share of the time, compared with those of the others.
        limit: seconds after which a case that does not move counts as a hang.
    """

    module: str
    what: str
    share: float
    limit: float = 300.0


PARTS = {
    "ops": Part("ops_fuzz", "every public op, in seven ways of running", 12),
    "losses": Part("losses_fuzz", "every loss and its class, in seven ways", 12),
    "kills": Part("kills", "SIGKILL of all trainers at random moments", 36),
    "faults": Part("faults", "signals, a full disk, a folder without rights", 12),
    "damage": Part("damage", "damage to every file of a run", 8),
    "files": Part("hostile_files", "hostile files for every reader", 5),
    "workers": Part("workers", "two and four workers that die or pause", 8, 600.0),
    "many": Part("many_files", "30,000 files", 3, 600.0),
    "soak": Part("soak", "memory during a long training", 4),
}
