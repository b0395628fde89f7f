"""The tiny images of `toys` as a folder that programs read."""

import pathlib
from collections.abc import Sequence

from PIL import Image

from tests.trainers import toys

KINDS = ("images", "scribbles", "labels")


def write_folder(
    folder: pathlib.Path, count: int, kinds: Sequence[str] = KINDS
) -> pathlib.Path:
    """Writes images and labels of some kinds; "tags" for tags.csv of both objects."""
    source = toys.make_source(count)
    for kind in kinds:
        if kind == "tags":
            lines = [f"{name}.png,floor,block" for name in source.ids]
            (folder / "tags.csv").write_text("\n".join(["image,classes", *lines]))
            continue
        (folder / kind).mkdir(parents=True)
        for name in source.ids:
            image, scribble, mask, *_ = source.read(name)
            array = {"images": image, "scribbles": scribble, "labels": mask}[kind]
            Image.fromarray(array).save(folder / kind / f"{name}.png")
    return folder
