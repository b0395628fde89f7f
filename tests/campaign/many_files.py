"""Tens of thousands of files: checked and recorded in bounded time and memory."""

import io
import pathlib
import time

import numpy as np
from PIL import Image

from tests.campaign.hostile_files import peak_memory
from tests.campaign.session import Session
from tf_rloss import data
from trainers.engine.data_files import check_data_files
from trainers.errors import UserError

USUAL = 30_000
SECONDS_PER_FILE = 0.02
"""Of a processor, for a check of an image with its labels; a fifth is usual."""
MOST_MEMORY = 400 << 20
SIZE = 24


def run(session: Session, count: int = USUAL) -> None:
    """Reads a large folder, with and without damage."""
    root = session.folder / "images"
    if not root.exists():
        write(root, count)
    for _ in session.cases():
        session.tried("files", 2 * count)
        check(session, root, count)


def write(root: pathlib.Path, count: int) -> None:
    """Writes images with scribbles, no two of the same content."""
    for name in ("images", "scribbles"):
        (root / name).mkdir(parents=True)
    random = np.random.default_rng(0)
    labels = np.full((SIZE, SIZE), 255, np.uint8)
    labels[3], labels[9] = 0, 1
    scribble = _png(labels)
    for number in range(count):
        image = _png(random.integers(0, 256, (SIZE, SIZE, 3), np.uint8))
        (root / "images" / f"{number:06}.png").write_bytes(image)
        (root / "scribbles" / f"{number:06}.png").write_bytes(scribble)


def check(session: Session, root: pathlib.Path, count: int) -> None:
    """Reads the folder whole, records it, and damages some files."""
    memory, began = peak_memory(), time.process_time()
    source = data.folder(root, num_classes=2)
    _judge(session, "the check of the folder", began, memory, count)
    if len(source) != count:
        session.find(f"{len(source)} of {count} images were found")
    session.alive()
    with session.scratch() as scratch:
        files = {"training": source.files, "validation": ()}
        for resumed in (False, True):
            began = time.process_time()
            check_data_files(scratch, files, resumed=resumed)
            _judge(session, f"the record, resumed={resumed}", began, memory, count)
            session.alive()
        random = session.random()
        chosen = random.choice(count, 3, replace=False)
        paths = [root / "images" / f"{number:06}.png" for number in chosen]
        contents = [path.read_bytes() for path in paths]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content[: len(content) // 2])
        session.tried("damaged files", len(paths))
        try:
            _refused(session, paths, lambda: data.folder(root, num_classes=2))
            _refused(
                session, paths, lambda: check_data_files(scratch, files, resumed=True)
            )
        finally:
            for path, content in zip(paths, contents, strict=True):
                path.write_bytes(content)


def _refused(session: Session, paths: list[pathlib.Path], action) -> None:
    """Checks that an action names the damaged files, and how many they are."""
    try:
        action()
    except (data.DataError, UserError) as error:
        text = str(error)
        if not all(path.name in text for path in paths) or str(len(paths)) not in text:
            session.find(f"{len(paths)} damaged files are not all named: {text:.300}")
        return
    session.find(f"{len(paths)} damaged files were not noticed")


def _judge(session: Session, what: str, began: float, memory: int, count: int) -> None:
    """Checks time and memory."""
    seconds, grown = time.process_time() - began, peak_memory() - memory
    if seconds > SECONDS_PER_FILE * count + 5:
        session.find(f"{what} took {seconds:.0f} s of a processor")
    if grown > MOST_MEMORY:
        session.find(f"{what} took {grown >> 20} MiB of memory")


def _png(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG", compress_level=1)
    return file.getvalue()
