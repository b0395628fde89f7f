"""Makes the contestants and the rows of benchmarks/trainer.py."""

from collections.abc import Sequence

from benchmarks.harness.measure import Handle, Times, Worker

COLUMNS = ("part", "ms", "min_ms", "ms_an_image", "of_bare", "calls")
_MAKER = "benchmarks.contestants.programs:make"
PARTS = {
    "bare step": "batch",
    "step": "batch",
    "input": "batch",
    "step and input": "batch",
    "Keras fit": "steps",
    "validation": "images",
    "pictures": None,
}
"""Part -> what a call of it takes: a batch, several, or images; None: neither."""


def enter(worker: Worker, program: str, **options) -> list[Handle]:
    """Makes the parts of a program's training.

    Args:
        worker: the process that runs them.
        program: name of the program.
        **options: further arguments of `contestants.programs.make`.
    """
    return [
        worker.make(part, _MAKER, program=program, part=part, **options)
        for part in PARTS
    ]


def rows_of(
    made: Sequence[Handle], times: dict[Handle, Times], batch: int
) -> list[dict]:
    """Makes the row of each part.

    Args:
        made: the contestants of `enter`.
        times: of each.
        batch: number of images in a batch.

    Returns:
        Rows with `ms`, the median for a batch, or for a call where it takes none;
        `ms_an_image`; and `of_bare`, the time of an image over that in the bare step.
    """
    rows = []
    for handle in made:
        took, facts = times[handle], handle.facts()
        per_call = facts.get("steps", 1)
        images = facts.get("images", batch)
        row = {
            "part": handle.name,
            "ms": took.median_ms / per_call,
            "min_ms": took.min_ms / per_call,
            "calls": took.calls,
        }
        if PARTS[handle.name] is not None:
            row["ms_an_image"] = row["ms"] / images
        rows.append(row)
    bare = rows[0]["ms_an_image"]
    for row in rows:
        if "ms_an_image" in row:
            row["of_bare"] = row["ms_an_image"] / bare
    return rows
