"""A server of the annotation page that is killed while it saves."""

import os
import random
import signal
import time

import numpy as np
from deaths import start, wait
from page_client import SIZE, labels_of, write_photographs

from trainers.annotation_page.folder import Folder
from trainers.annotation_page.operations import Stroke
from trainers.annotation_page.scribbles import NO_FILE, Scribbles

KILLS = 12


def save_for_ever(folder: Folder) -> None:
    """Saves row after row as the page would, and then takes all of them back."""
    scribbles, photograph = Scribbles(folder), folder.find("a")
    version = scribbles.version(photograph)
    rows = [Stroke(1, 1, (0, y + 0.5, SIZE[1], y + 0.5)) for y in range(SIZE[0])]
    while True:
        for count in range(len(rows) + 1):
            version = scribbles.save(photograph, NO_FILE, version, rows[:count])


def test_the_last_stroke_is_whole_or_absent(tmp_path):
    """Protects: a PNG that was half written when the process died."""
    root = write_photographs(tmp_path / "data", ["a"])
    folder, rng = Folder(root), random.Random(0)
    path, found = root / "scribbles" / "a.png", set()
    for _ in range(KILLS):
        path.unlink(missing_ok=True)
        child = start(save_for_ever, folder)
        deadline = time.monotonic() + 30
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(rng.uniform(0, 0.1))
        os.kill(child, signal.SIGKILL)
        assert wait(child) == -signal.SIGKILL
        labels = labels_of(root, "a") if path.exists() else np.full(SIZE, 255)
        full = (labels == 1).all(axis=1)
        # Rows follow each other, and each is there as a whole or not at all.
        assert (labels[~full] == 255).all()
        count = int(full.sum())
        assert full[:count].all()
        found.add(count)
    assert len(found) > 2  # It was killed at different moments.
    assert folder.done() <= {"a"}
