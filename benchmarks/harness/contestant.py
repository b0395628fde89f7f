"""A contestant as its worker holds it."""

import dataclasses
from collections.abc import Callable


@dataclasses.dataclass(frozen=True)
class Contestant:
    """Something to be timed.

    Attributes:
        call: does the work once, and returns when it is done.
        facts: returns a dictionary of anything else that is known, as JSON values.
        output_bytes: size of the result that each call allocates.
    """

    call: Callable[[], object]
    facts: Callable[[], dict] = dict
    output_bytes: int = 0
