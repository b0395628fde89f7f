"""Options of the import of annotations."""

import dataclasses

from .. import defaults
from ..options import option

FORMATS = (
    "label_studio",
    "cvat",
    "labelme",
    "coco",
    "supervisely",
    "qupath",
    "napari",
    "via",
    "nifti",
    "png",
)


@dataclasses.dataclass(frozen=True)
class ImportOptions:
    """The export to import, and what its labels mean."""

    format: str | None = option(
        None,
        "Tool or format of the export. Default: it is recognised.",
        flag="from",
        choices=FORMATS,
    )
    input: str | None = option(
        None, "File or folder that the tool has exported.", required=True
    )
    images: str | None = option(
        None,
        "Folder of the photographs, searched with the folders in it, or one photograph "
        "for a single image. Default: the folder of --input.",
    )
    output: str | None = option(
        None, "Folder to write; it must not exist or be empty.", required=True
    )
    classes: tuple[str, ...] | None = option(
        None,
        "Classes to import, separated by commas, in the order of their ids. NEW=OLD "
        "renames a class, and several with the same new name are merged, as in "
        "animal=cat,animal=dog. Default: all, in the order of the file.",
    )
    background: str | None = option(
        None,
        "Class that is the background, which gets id 0. --background= without a name: "
        "there is none. Default: the class called background, or an added one.",
    )
    unclassified: str | None = option(
        None,
        "Class of the shapes that have none. Default: they are left out; where no "
        "shape at all has a class, all are of the class `object`.",
    )
    annotator: str | None = option(
        None,
        "Annotator whose work counts where several labelled an image: an id or e-mail "
        "address, or `newest` for the annotation that was changed last. Default: such "
        "images are left out.",
    )
    unlabelled: str | None = option(
        None,
        "Value, or colour such as #000000, that means no label in PNG, TIFF and NIfTI "
        "files. Default: 255 where it occurs beside values other than 0, else 0 or "
        "black; where pixels are transparent, these.",
    )
    class_attribute: str | None = option(
        None,
        "Attribute (via) or column (napari) that holds the class. Default: the only "
        "one.",
    )
    line_width: float = option(
        defaults.IMPORTED_LINE_WIDTH,
        "Width of lines in pixels of the image.",
        at_least=1,
        at_most=1000,
    )
    boxes: bool = option(
        True,
        "Takes what lies outside all boxes of an image as background. --noboxes, where "
        "objects have no box.",
    )
    fill_background: bool = option(
        False,
        "Takes what no polygon or mask of an image covers as background, where all "
        "objects are outlined. Otherwise it has no label.",
    )
    painted: str | None = option(
        None,
        "Where painted areas are written. Default: brushes of label_studio, napari, "
        "nifti and png in scribbles, masks of the others in labels.",
        choices=("scribbles", "labels"),
    )
