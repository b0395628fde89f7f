"""Rounds of training: for each a folder with a copy of the strokes, and a run.

<output_dir>/round-001/data/   images with strokes, as links, and copies of the strokes
                      run/     the run of trainers.scribble
                      round.json  the flags of the run
                      log.txt  what the run printed

The copy lets people draw while a network trains, and lets a killed run resume.
"""

import math
import pathlib
import shutil
import statistics
from collections.abc import Sequence
from typing import Any

from tf_rloss.data.folders.classes_file import CLASSES_FILE
from tf_rloss.data.image_files import FileError, inspect_image
from tf_rloss.files import atomic_folder, write_json
from tf_rloss.models.efficientnet_lite0 import has_imagenet_weights

from .. import defaults
from ..datasets.folders import IMAGES
from ..engine.run_files import read_object
from ..engine.run_folder import RunFolder
from ..errors import UserError
from ..trained.loading import Trained
from .folder import MASKS, SCRIBBLES, Folder, Photograph, classes_file

_NAME = "round-"
_SIZES = 25
"""Photographs whose size is looked at to choose the scale of a training."""


class Round:
    """A training and its files."""

    def __init__(self, path: pathlib.Path):
        self.path = path
        self.data, self.run = path / "data", path / "run"
        self.log, self.settings = path / "log.txt", path / "round.json"

    @property
    def network(self) -> pathlib.Path | None:
        """The newest network: that of phase 2, or else of phase 1; None before."""
        phases = (self.run, self.run / "phase1")
        weights = (RunFolder(str(path), writable=False).last for path in phases)
        return next((file for file in weights if file.is_file()), None)

    @property
    def finished(self) -> bool:
        """Whether the training has come to its end."""
        metrics = RunFolder(str(self.run), writable=False).metrics
        if not metrics.is_file():
            return False
        remedy = f"Delete {self.path} to begin this training anew."
        found = read_object(metrics, remedy, lambda value: True)
        return found.get("finished") is True


def rounds(output_dir: pathlib.Path) -> list[Round]:
    """Returns the rounds in a folder, the oldest first."""
    folders = output_dir.glob(f"{_NAME}*")
    found = [f for f in folders if f.name[len(_NAME) :].isdigit() and f.is_dir()]
    return [Round(path) for path in sorted(found, key=_number)]


def newest_network(output_dir: pathlib.Path) -> pathlib.Path | None:
    """Returns the network of the newest round that has one."""
    networks = (found.network for found in reversed(rounds(output_dir)))
    return next(filter(None, networks), None)


def labelled(folder: Folder) -> list[Photograph]:
    """Returns the photographs that have a scribble."""
    done = folder.done()
    return [photo for photo in folder.refresh() if photo.name in done]


def next_round(
    output_dir: pathlib.Path,
    folder: Folder,
    trained: Trained | None,
    given: Sequence[str],
) -> tuple[Round, list[str]]:
    """Prepares a training on the strokes that are there.

    A round that was stopped goes on if no stroke has changed since. Otherwise a new one
    begins, from the weights of the network in use, if it is that of a run.

    Args:
        output_dir: absolute path of the folder of the rounds.
        folder: the photographs.
        trained: the network in use, if there is one.
        given: flags of the user.

    Returns:
        The round, and the flags of trainers.scribble.

    Raises:
        UserError: if no photograph has strokes, or a file of a round is damaged.
    """
    photographs = labelled(folder)
    if not photographs:
        raise UserError("Draw strokes on a photograph first: none has any yet.")
    known = rounds(output_dir)
    if known and not known[-1].finished and _has_strokes(known[-1], photographs):
        settings = _read_settings(known[-1])
        if settings.get("given") == list(given):
            return known[-1], settings["flags"]
    number = _number(known[-1].path) + 1 if known else 1
    found = Round(output_dir / f"{_NAME}{number:03}")
    with atomic_folder(found.path) as temporary:
        inside = Round(temporary)
        _copy(folder, photographs, inside.data)
        flags = [
            "--dataset=folder",
            f"--data_dir={found.data}",
            f"--output_dir={found.run}",
            *_flags(photographs, trained, given),
            *given,
        ]
        write_json(inside.settings, {"given": list(given), "flags": flags})
    return found, flags


def _flags(
    photographs: Sequence[Photograph], trained: Trained | None, given: Sequence[str]
) -> list[str]:
    """Returns flags that fit the photographs and the network to begin with."""
    flags = {}
    if trained is not None and not trained.resizes:
        flags = {
            "init_from": trained.path.resolve(),
            "image_scale": trained.network_scale,
        }
        flags["model"] = trained.config.get("flags", {}).get("--model", defaults.MODEL)
    elif has_imagenet_weights() and not _chooses_network(given):
        flags = {"model": defaults.PRETRAINED_MODEL, "weights": "imagenet"}
    steps, side = defaults.ANNOTATION_STEPS, defaults.ANNOTATION_SIDE
    if flags.get("model") == defaults.PRETRAINED_MODEL:
        # Such a network sees more in an image, learns faster, and takes longer to run.
        steps, side = defaults.PRETRAINED_STEPS, defaults.PRETRAINED_SIDE
        flags["phase2_epochs"] = defaults.PRETRAINED_EPOCHS[1]
        if "init_from" not in flags:
            flags["phase1_epochs"] = defaults.PRETRAINED_EPOCHS[0]
    batches = math.ceil(len(photographs) / defaults.BATCH_SIZE)
    flags["steps_per_epoch"] = max(batches, steps)
    if "init_from" not in flags:
        scale = min(1.0, side / _median_side(photographs))
        flags["image_scale"] = f"{scale:.4g}"
    return [f"--{name}={value}" for name, value in flags.items()]


def _chooses_network(given: Sequence[str]) -> bool:
    """Returns whether flags of the user name a network or its weights."""
    names = {word.lstrip("-").partition("=")[0] for word in given}
    return not names.isdisjoint({"model", "weights", "recipe"})


def _median_side(photographs: Sequence[Photograph]) -> float:
    """Returns the median of the photographs' longer sides in pixels."""
    sides = []
    for photograph in photographs[:_SIZES]:
        try:
            sides.append(max(inspect_image(photograph.image)))
        except FileError as error:
            raise UserError(f"{photograph.image}: {error}") from error
    return statistics.median(sides)


def _copy(
    folder: Folder, photographs: Sequence[Photograph], target: pathlib.Path
) -> None:
    """Writes a folder of the photographs with strokes, for a training."""
    masks = {path.stem: path for path in (folder.root / MASKS).glob("[!.]*.png")}
    kept = [masks[photo.name] for photo in photographs if photo.name in masks]
    for kind in (IMAGES, SCRIBBLES, *([MASKS] if kept else [])):
        (target / kind).mkdir(parents=True)
    for photo in photographs:
        (target / IMAGES / photo.image.name).symlink_to(photo.image)
        shutil.copyfile(photo.scribble, target / SCRIBBLES / photo.scribble.name)
    for path in kept:
        (target / MASKS / path.name).symlink_to(path)
    shutil.copyfile(classes_file(folder.root), target / CLASSES_FILE)


def _has_strokes(found: Round, photographs: Sequence[Photograph]) -> bool:
    """Returns whether a round has exactly these photographs with these strokes."""
    copies = {path.name: path for path in (found.data / SCRIBBLES).glob("*.png")}
    return copies.keys() == {photo.scribble.name for photo in photographs} and all(
        copies[photo.scribble.name].read_bytes() == photo.scribble.read_bytes()
        for photo in photographs
    )


def _read_settings(found: Round) -> dict[str, Any]:
    remedy = f"Delete {found.path} to begin this training anew."

    def valid(value: dict[str, Any]) -> bool:
        return all(isinstance(value.get(name), list) for name in ("given", "flags"))

    return read_object(found.settings, remedy, valid)


def _number(path: pathlib.Path) -> int:
    return int(path.name[len(_NAME) :])
