"""Every reader of files that a stranger may have made, with a valid file.

A further reader is a row of `make_readers`: the damage is the same for all.
"""

import dataclasses
import gzip
import io
import json
import pathlib
import pickle
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from PIL import Image

from tests.data import small_voc
from tests.data.small_folder import mask, photograph
from tests.trainers import tiny_run, toys
from tf_rloss import data
from tf_rloss.data.folders.tag_file import read_tag_lines
from tf_rloss.data.image_files import FileError, inspect_image, read_image
from tf_rloss.data.label_maps import read_label_map
from tf_rloss.data.tfds.record_files import TFRecordFile
from tf_rloss.labels import voc_palette
from trainers.engine.run_files import is_config, is_whole, read_object, read_rows
from trainers.errors import UserError
from trainers.paper.chosen_settings import read_settings
from trainers.trained.loading import load_trained

REFUSALS = (data.DataError, UserError, FileError)
"""What a reader raises for a file that is wrong; each is shown as one sentence."""


@dataclasses.dataclass(frozen=True)
class Reader:
    """A reader of files.

    Attributes:
        name: name of the file, whose suffix may matter.
        read: reads the file at a path.
        valid: content of a file that it reads.
        refusals: the errors that it may raise.
    """

    name: str
    read: Callable[[pathlib.Path], object]
    valid: bytes
    refusals: tuple[type[BaseException], ...] = REFUSALS


def make_readers(scratch: pathlib.Path) -> list[Reader]:
    """Returns all readers; `scratch` is a folder for the making of valid files."""
    palette = voc_palette(21)

    def read_tags(path: pathlib.Path) -> None:
        read_tag_lines(path, [])

    def read_folder(path: pathlib.Path, kind: str) -> None:
        root = scratch / "folder"
        for name in ("images", "labels"):
            (root / name).mkdir(parents=True, exist_ok=True)
        (root / "images" / "a.png").write_bytes(_png(photograph()))
        (root / "labels" / "a.png").write_bytes(_png(mask()))
        (root / "classes.txt").unlink(missing_ok=True)
        (root / kind).write_bytes(path.read_bytes())
        data.folder(root)

    def read_record(path: pathlib.Path) -> None:
        file = TFRecordFile(path)
        for index in range(len(file)):
            file[index]

    def rows(path: pathlib.Path) -> None:
        read_rows(path)

    def config(path: pathlib.Path) -> None:
        read_object(path, "Restore it.", is_config)

    def segmenter(path: pathlib.Path) -> None:
        load_trained("checkpoint", str(path))

    palette_file = "\n".join(f"class{i} {i} {i} {i}" for i in range(3)).encode()
    scribble = small_voc.xml().encode()
    return [
        Reader("image.png", read_image, _png(photograph())),
        Reader("image.jpg", read_image, _png(photograph(), "JPEG")),
        Reader("checked.png", inspect_image, _png(photograph())),
        Reader("checked.jpg", inspect_image, _png(photograph(), "JPEG")),
        Reader("labels.png", lambda p: read_label_map(p, palette), _png(mask())),
        Reader(
            "colours.png", lambda p: read_label_map(p, palette), _png(palette[None])
        ),
        Reader("scribble.xml", data.read_scribble_xml, scribble),
        Reader("clicks.json", data.read_points, json.dumps(CLICKS).encode()),
        Reader("tags.csv", read_tags, b"image,classes\na.png,cat,dog\nb.png,\n"),
        Reader("classes.txt", lambda p: read_folder(p, "classes.txt"), palette_file),
        Reader("folder.png", lambda p: read_folder(p, "labels/a.png"), _png(mask())),
        Reader("input_list.txt", data.read_image_numbers, b"a.jpg 0\nb.jpg 1\n"),
        Reader("cues.pickle", data.read_sec_cues, pickle.dumps(CUES, 2)),
        Reader(
            "cues.pickle.gz", data.read_sec_cues, gzip.compress(pickle.dumps(CUES, 2))
        ),
        Reader("cues.npz", data.load_cues, _saved_cues()),
        Reader("data.tfrecord", read_record, _record(scratch)),
        Reader("history.csv", rows, b"epoch,step,loss\n1,2,0.5\n2,4,0.25\n"),
        Reader("config.json", config, json.dumps({"flags": {}, "data": {}}).encode()),
        Reader("chosen.json", lambda p: read_settings((str(p),)), CHOSEN.encode()),
        Reader("network.keras", segmenter, _network(scratch)),
        Reader("whole.keras", is_whole, _network(scratch)),
    ]


CLICKS = {"a": [{"x": 3.0, "y": 4.5, "cls": 1}], "b": []}
CUES = {"3_labels": np.array([2, 15]), "3_cues": np.array([[0, 2], [1, 3], [40, 4]])}
CHOSEN = json.dumps({"crf": {"regularizer_weight": 1.0, "sigma_color": 10.0}})


def _png(array: np.ndarray, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(array).save(file, kind)
    return file.getvalue()


def _saved_cues() -> bytes:
    file = io.BytesIO()
    cues = data.Cues(np.array([2], np.uint8), np.zeros((4, 4), np.uint8))
    data.save_cues(file, {"a": cues})
    return file.getvalue()


def _record(scratch: pathlib.Path) -> bytes:
    path = scratch / "valid.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(b"one")
        writer.write(b"another")
    return path.read_bytes()


def _network(scratch: pathlib.Path) -> bytes:
    path = scratch / "valid.keras"
    if not path.exists():
        tiny_run.tiny_segmenter(toys.NUM_CLASSES).save(path)
    return path.read_bytes()
