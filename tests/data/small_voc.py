"""Writes a few images in the layout of PASCAL VOC 2012 with scribbles."""

import numpy as np
from PIL import Image

from tests.data.small_folder import SIZE, mask, photograph, save_indexed

FOLDERS = ("JPEGImages", "SegmentationClassAug", "ImageSets/SegmentationAug")


def xml(points=((4, 6), (14, 6)), name="bike"):
    """Returns an XML file with a scribble of class 2 in row 5, from column 3 to 13."""
    corners = "".join(f"<point><X>{x}</X><Y>{y}</Y></point>" for x, y in points)
    size = f"<size><width>{SIZE[1]}</width><height>{SIZE[0]}</height></size>"
    polygon = f"<polygon><tag>{name}</tag>{corners}</polygon>"
    return f"<annotation>{size}{polygon}</annotation>"


def write_voc(root, train=4, val=2, scribbles=("png", "xml")):
    """Writes images t0, t1, ... with scribbles, and v0, v1, ... without."""
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    folders = {"png": root / "pascal_2012_scribble", "xml": root / "pascal_2012"}
    for kind in scribbles:
        folders[kind].mkdir()
    for split, count in (("train", train), ("val", val)):
        names = [f"{split[0]}{number}" for number in range(count)]
        for number, name in enumerate(names):
            picture = Image.fromarray(photograph(number + 10 * (split == "val")))
            picture.save(root / "JPEGImages" / f"{name}.jpg")
            save_indexed(mask(2), root / "SegmentationClassAug" / f"{name}.png")
            if split == "train":
                write_scribbles(folders, scribbles, name)
        lines = [f"JPEGImages/{n}.jpg SegmentationClassAug/{n}.png" for n in names]
        listed = "\n".join(lines) + "\n"
        (root / f"ImageSets/SegmentationAug/{split}.txt").write_text(listed)
    return root


def write_scribbles(folders, kinds, name):
    if "png" in kinds:
        drawn = np.where(np.arange(SIZE[1]) % 4 == 0, mask(2), 255).astype(np.uint8)
        Image.fromarray(drawn).save(folders["png"] / f"{name}.png")
    if "xml" in kinds:
        (folders["xml"] / f"{name}.xml").write_text(xml())
