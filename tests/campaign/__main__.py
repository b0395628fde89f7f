"""A campaign of faults: tries to break the package for as long as it is told.

    python -m tests.campaign --minutes=20
    python -m tests.campaign --minutes=60 --seed=1 --kills=200 --output=evidence
    python -m tests.campaign --parts=ops --seed=1 --case=123

Every part tries cases whose random numbers depend on the seed and the number of the
case alone. At the end it prints one line of figures for each part, then the findings
and how to repeat them. The exit code is 1 if there are any. The third command repeats
one case. docs/reliability.md says what counts as a finding.
"""

import concurrent.futures
import pathlib
import sys
import tempfile
import time

from absl import app, flags

from tests.campaign.parts import PARTS
from tests.campaign.runner import run_part
from tests.campaign.session import Outcome

_MINUTES = flags.DEFINE_float("minutes", 20.0, "Duration.", lower_bound=0.0)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of all cases.", lower_bound=0)
_PARTS = flags.DEFINE_list("parts", list(PARTS), "Parts to run.")
_CASE = flags.DEFINE_integer("case", None, "The only case to run.", lower_bound=0)
_KILLS = flags.DEFINE_integer("kills", 0, "Least number of kills.", lower_bound=0)
_JOBS = flags.DEFINE_integer("jobs", 2, "Parts that run side by side.", lower_bound=1)
_OUTPUT = flags.DEFINE_string(
    "output", None, "Folder for journals and evidence. Default: a temporary one."
)


def main(argv: list[str]) -> None:
    """Runs the parts and prints what they tried and found."""
    names = list(dict.fromkeys(_PARTS.value))
    unknown = [name for name in names if name not in PARTS]
    if len(argv) > 1 or unknown:
        sys.exit(f"Unknown: {', '.join(argv[1:] + unknown)}. Parts: {', '.join(PARTS)}")
    folder = pathlib.Path(_OUTPUT.value or tempfile.mkdtemp(prefix="campaign-"))
    if folder.exists() and any(folder.iterdir()):
        sys.exit(f"--output must be a new or an empty folder. Received: {folder}")
    jobs = min(_JOBS.value, len(names))
    seconds = _MINUTES.value * 60 * jobs / sum(PARTS[name].share for name in names)
    print(f"Campaign of {_MINUTES.value:g} minutes, seed {_SEED.value}, in {folder}")
    for name in names:
        print(f"  {name:8} {PARTS[name].what}, {seconds * PARTS[name].share:.0f} s")
    sys.stdout.flush()

    def run(name: str) -> tuple[str, Outcome, float]:
        began = time.monotonic()
        counts = {"kills": _KILLS.value if name == "kills" else 0}
        if _CASE.value is not None:
            counts = {"first": _CASE.value, "most": 1}
        share = seconds * PARTS[name].share
        outcome = run_part(
            name, folder / name, seed=_SEED.value, seconds=share, **counts
        )
        return name, outcome, time.monotonic() - began

    # Those with the largest share begin, so that the last ones end together.
    order = sorted(names, key=lambda name: -PARTS[name].share)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = [pool.submit(run, name) for name in order]
        results = []
        for future in concurrent.futures.as_completed(running):
            results.append(future.result())
            print(line_of(*results[-1]), flush=True)
    number = 0
    for name, outcome, _ in results:
        for case, message in outcome.findings:
            number += 1
            print(f"\nFINDING {number}: {name}, case {case}: {message}")
            again = f"--parts={name} --seed={_SEED.value} --case={case}"
            print(f"  Repeat: python -m tests.campaign {again}")
            print(f"  Evidence: {folder / name}")
    empty = [name for name, outcome, _ in results if outcome.cases == 0]
    if empty:
        print(f"\nNothing was tried by: {', '.join(empty)}")
    print(f"\n{number} findings")
    sys.exit(1 if number or empty else 0)


def line_of(name: str, outcome: Outcome, seconds: float) -> str:
    """Returns the line of figures of a part."""
    tried = ", ".join(f"{kind} {n:g}" for kind, n in sorted(outcome.tried.items()))
    return (
        f"{name:8} {outcome.cases} cases in {seconds:.0f} s, "
        f"{len(outcome.findings)} findings: {tried}"
    )


if __name__ == "__main__":
    app.run(main)
