"""Names of all programs."""

import pathlib

import trainers

PROGRAMS = sorted(
    path.stem
    for path in pathlib.Path(trainers.__file__).parent.glob("*.py")
    if "\ndef run() -> None:" in path.read_text()
)
