"""Two phases of a training: labels alone first, then with the regularizer."""

from collections.abc import Callable

from ..engine.result import Result, is_better
from ..errors import UserError
from ..options import Given


def train_in_phases(
    run: Callable[..., Result],
    given: Given,
    *,
    second: bool = True,
    second_alone: bool = False,
) -> Result:
    """Runs phase 1, phase 2 or both, and returns the result of the last one.

    Phase 1 lies in `<output_dir>/phase1`, or in `<output_dir>` where it is the only
    one. `--init_from` leaves out phase 1 and `--phase2_epochs=0` phase 2.

    Args:
        run: `run(phase, regularized, output_dir=..., init_from=...)` trains "phase1"
            or "phase2" and returns its result.
        given: flag -> value, for the flags that the user gave, and `output_dir`.
        second: whether there is a phase 2 if no flag decides.
        second_alone: whether phase 2 starts from the initial weights of the network.

    Raises:
        UserError: if the flags leave out both phases.
    """
    output_dir, init_from = given["output_dir"], given.get("init_from")
    left_out = given.get("phase2_epochs") == 0
    if left_out and init_from is not None:
        raise UserError("--init_from leaves out phase 1 and --phase2_epochs=0 phase 2.")
    if init_from is None and not (second_alone and not left_out):
        last = left_out or not second
        folder = output_dir if last else f"{output_dir}/phase1"
        result = run("phase1", False, output_dir=folder, init_from=None)
        if last:
            return result
        second_result = run("phase2", True, output_dir=output_dir, init_from=folder)
        _compare(result, second_result)
        return second_result
    return run("phase2", True, output_dir=output_dir, init_from=init_from)


def _compare(first: Result, second: Result) -> None:
    """Says so if phase 2 left the network worse than phase 1 did."""
    before, after = first.metrics.get("best"), second.metrics.get("best")
    if before and after and is_better(before, after):
        print(
            "Note: phase 2 did not improve on phase 1. Best mIoU "
            f"{before['mean_iou']:.4f} in phase 1 ({first.best}), "
            f"{after['mean_iou']:.4f} in phase 2."
        )
