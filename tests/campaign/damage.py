"""Damage to every file of a run: the same command goes on, or says what is damaged."""

import contextlib
import io
import json
import pathlib
import shutil

import numpy as np

from tests.campaign.byte_damage import KINDS, damaged
from tests.campaign.run_equality import weights_of
from tests.campaign.session import Session
from tests.trainers import toys
from tests.trainers.toy_folder import write_folder
from tf_rloss import data
from trainers.command_line.application import is_user_error, message_of
from trainers.engine.run import run as train
from trainers.errors import TrainingError
from trainers.trained.loading import load_trained

OTHER_KINDS = ("missing", "folder", "link", "swapped")
"""Damage of the name of a file rather than its content."""


def run(session: Session) -> None:
    """Damages a file of a finished or an unfinished run in each case."""
    images = session.folder / "images"
    if not images.exists():
        write_folder(images, 8)
    source = data.folder(images)
    finished = session.folder / "finished"
    if not (finished / "metrics.json").exists():
        resume(finished, source)
    names = sorted(
        str(path.relative_to(finished))
        for path in finished.rglob("*")
        if path.is_file()
    )
    for case in session.cases():
        with session.scratch() as scratch:
            folder = shutil.copytree(finished, scratch / "run")
            random = session.random()
            name = names[case % len(names)]
            if random.random() < 0.6:
                make_unfinished(folder)
            kind = damage(random, folder, name, names)
            judge(session, folder, source, finished, f"{name}, {kind}")


def resume(folder: pathlib.Path, source: data.Source):
    """Gives the command again: two epochs of two steps."""
    recipe = toys.make_recipe()
    config = toys.make_config(folder, tensorboard=True)
    with contextlib.redirect_stdout(io.StringIO()):
        return train(recipe, config, source, source.take([0, 1]))


def make_unfinished(folder: pathlib.Path) -> None:
    """Leaves the files as a kill after the last epoch does."""
    file = folder / "metrics.json"
    metrics = json.loads(file.read_text()) | {"finished": False}
    file.write_text(json.dumps(metrics))


def damage(
    random: np.random.Generator, folder: pathlib.Path, name: str, names: list[str]
) -> str:
    """Damages a file; returns the kind of damage."""
    path = folder / name
    content = path.read_bytes()
    if random.random() < 0.8:
        kind = str(random.choice(KINDS))
        path.write_bytes(damaged(random, content, kind))
        return kind
    kind = str(random.choice(OTHER_KINDS))
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to("nowhere")
    elif kind == "swapped":
        other = names[random.integers(len(names))]
        if other != name:
            path.write_bytes((folder / other).read_bytes())
    return kind


def judge(
    session: Session,
    folder: pathlib.Path,
    source: data.Source,
    finished: pathlib.Path,
    what: str,
) -> None:
    """Gives the command again and judges how it ends."""
    for action in (resume, lambda folder, _: load_trained("checkpoint", str(folder))):
        try:
            action(folder, source)
        except Exception as error:
            if not (is_user_error(error) or isinstance(error, TrainingError)):
                session.find(f"{what}: {type(error).__name__}: {error!s:.400}")
                return
            message = message_of(error)
            session.tried("named")
            if "\n" in message or str(folder) not in message or len(message) > 2000:
                session.find(f"{what}: no sentence about the file: {message:.400}")
            return
    session.tried("done without")
    if weights_of(folder / "last.keras") != weights_of(finished / "last.keras"):
        session.find(f"{what}: the run ended with other weights")
