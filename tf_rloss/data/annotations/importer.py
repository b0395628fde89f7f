"""`import_annotations` makes a folder to train on from an annotation tool's export."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tf_rloss.data.annotations.classes import (
    ClassPlan,
    parse_classes,
    plan_classes,
)
from tf_rloss.data.annotations.folder_writer import (
    FolderWriter,
    Photograph,
    embedded_size,
)
from tf_rloss.data.annotations.image_names import file_stems
from tf_rloss.data.annotations.inputs import Inputs
from tf_rloss.data.annotations.notes import NO_SIZE
from tf_rloss.data.annotations.painting import Settings, paint
from tf_rloss.data.annotations.photographs import Photographs
from tf_rloss.data.annotations.recognition import READERS, recognise
from tf_rloss.data.annotations.report import Report
from tf_rloss.data.annotations.shapes import AnnotatedImage
from tf_rloss.data.scribbles.scribble_xml import WIDTH
from tf_rloss.data.source import DataError
from tf_rloss.files import atomic_folder

SUMMARY_FILE = "summary.txt"
FORMATS = tuple(READERS)
_PARENTS = ("annotations", "ann", "labels")

OTHER_SIZE = "images are left out, since the photograph has another size"


def import_annotations(
    path: str | Path,
    output: str | Path,
    *,
    format: str | None = None,
    images: str | Path | None = None,
    classes: Sequence[str] = (),
    background: str | None = None,
    unclassified: str | None = None,
    annotator: str | None = None,
    unlabelled: str | None = None,
    class_attribute: str | None = None,
    line_width: float = WIDTH,
    boxes: bool = True,
    fill_background: bool = False,
    painted: str | None = None,
) -> str:
    """Writes a folder for `folder` from the export of an annotation tool.

    `scribbles/` gets brush strokes, lines, a disc of 6 px for each click, and the
    background around boxes; `labels/` polygons, ellipses and masks; `points.json` the
    clicks. Pixels that nobody labelled are 255 in both. `images/` gets the photographs
    that are at hand, `classes.txt` the classes, and `summary.txt` the list of
    everything unusual. The folder appears when all is written.

    Args:
        path: the file or folder that the tool has exported.
        output: the folder to write, which must not exist or be empty.
        format: one of `FORMATS`; None: it is recognised.
        images: folder of the photographs, or one photograph for all images. Default:
            the folder of the export.
        classes: the classes to import in the order of their labels, each `NAME` or
            `NEW=NAME`; several with the same new name are merged. Default: all.
        background: name of the background's class, "" if there is none. Default: the
            class that is called "background", or an added one.
        unclassified: class of shapes that have none. Default: they are left out.
        annotator: id or e-mail address of the annotator to take where several labelled
            an image; "newest" takes the newest annotation. Default: such images are
            left out.
        unlabelled: value, or colour such as "#000000", of pixels without a label in
            label images. Default: 255 or 0, see `docs/annotations.md`.
        class_attribute: attribute, or column, that holds the class in VIA and napari.
        line_width: width of lines, in pixels.
        boxes: whether what lies outside all boxes of an image is background.
        fill_background: whether pixels that no shape covers are background in images
            with masks.
        painted: "scribbles" or "labels", where brushes and masks are written. Default:
            brushes in scribbles, masks in labels.

    Returns:
        The text of summary.txt, with the first places of each note only.

    Raises:
        FileNotFoundError: if there is no such file or folder.
        FileExistsError: if `output` is not empty.
        DataError: if the export cannot be read, or gives no labelled image.
        ValueError: if an argument is out of range.
    """
    root, target = Path(path), Path(output)
    if not root.exists():
        raise FileNotFoundError(f"There is no file or folder {root}.")
    if format is not None and format not in READERS:
        raise ValueError(f"`format` must be one of {FORMATS}. Received: {format!r}")
    if painted not in (None, "scribbles", "labels"):
        raise ValueError(
            f'`painted` must be "scribbles" or "labels". Received: {painted!r}'
        )
    if not 1 <= line_width <= 1000:
        raise ValueError(
            f"`line_width` must be from 1 to 1000 px. Received: {line_width!r}"
        )
    renamings = parse_classes(classes)
    report = Report()
    inputs = Inputs(
        root,
        Photographs(_images_folder(root, images), report),
        report,
        annotator,
        unlabelled,
        class_attribute,
        frozenset(renaming.old for renaming in renamings),
    )
    with atomic_folder(target) as folder:
        kind = format or recognise(root)
        annotations = READERS[kind](inputs)
        if not any(image.shapes for image in annotations.images):
            raise _nothing(root, report)
        _check_single(inputs, annotations.images)
        plan = plan_classes(annotations, renamings, background, unclassified, inputs)
        settings = Settings(line_width, boxes, fill_background, painted)
        writer = FolderWriter(folder, plan, report)
        stems = file_stems([image.name for image in annotations.images], report)
        shapes: dict[str, int] = {}
        for stem, image in zip(stems, annotations.images, strict=True):
            found = _find_photograph(image, inputs)
            if found is None:
                continue
            photograph, size = found
            painting = paint(
                image, size, plan, settings, annotations.later_on_top, report
            )
            writer.add(stem, image.name, painting, photograph)
            for name, count in painting.counts.items():
                shapes[name] = shapes.get(name, 0) + count
        writer.finish()
        head = _head(kind, root, writer, plan, shapes)
        if not writer.counts["images"]:
            raise _nothing(root, report)
        full = [*head, *report.lines(None)]
        (folder / SUMMARY_FILE).write_text("\n".join(full) + "\n", "utf-8")
    return "\n".join([*head, *report.lines()])


def _check_single(inputs: Inputs, images: Sequence[AnnotatedImage]) -> None:
    """Refuses one photograph for several images."""
    count = sum(image.photograph is None for image in images)
    if inputs.photographs.single is not None and count > 1:
        raise DataError(
            f"--images is one photograph, and {inputs.path} has {count} images. Name a "
            "folder."
        )


def _nothing(root: Path, report: Report) -> DataError:
    """Returns the error for an export without a label that can be used."""
    notes = "\n".join(report.lines())
    return DataError(f"{root}: gives no image with labels.\n{notes}".rstrip())


def _images_folder(root: Path, images: str | Path | None) -> Path | None:
    """Returns the folder, or the file, of the photographs."""
    if images is not None:
        path = Path(images)
        if not path.exists():
            raise FileNotFoundError(f"There is no file or folder {path}.")
        return path
    if root.is_dir():
        return root
    parent = root.absolute().parent
    return parent.parent if parent.name.lower() in _PARENTS else parent


def _find_photograph(
    image: AnnotatedImage, inputs: Inputs
) -> tuple[Photograph, tuple[int, int]] | None:
    """Returns the photograph, if there is one, and the size of an image.

    None means that the image cannot be used, which is noted.
    """
    photograph: Photograph = image.photograph
    if isinstance(photograph, np.ndarray):
        return photograph, photograph.shape[:2]
    size = embedded_size(photograph) if photograph is not None else None
    if size is None:
        photograph = inputs.photographs.find(image.lookups)
        if photograph is not None:
            size = inputs.photographs.size_of(photograph)
            photograph = photograph if size is not None else None
    if size is None and image.size is None:
        inputs.report.add(NO_SIZE, image.name)
        return None
    if None not in (size, image.size) and size != image.size:
        turned = " (turned by EXIF?)" if size == image.size[::-1] else ""
        inputs.report.add(
            OTHER_SIZE,
            f"{image.name}: {size[1]} x {size[0]} px, in the file {image.size[1]} x "
            f"{image.size[0]} px{turned}",
        )
        return None
    return photograph, size or image.size


def _head(
    kind: str, root: Path, writer: FolderWriter, plan: ClassPlan, shapes: dict[str, int]
) -> list[str]:
    """Returns the first lines of the summary: what was written."""
    counts = writer.counts
    lines = [
        f"Import of {root} ({kind})",
        f"{counts['images']} images with labels, {writer.photographs} of them with "
        "their photograph",
        f"{counts['scribbles']} with strokes, {counts['labels']} with masks, "
        f"{counts['clicks']} clicks",
        "shapes: "
        + (", ".join(f"{count} {name}" for name, count in shapes.items()) or "none"),
        "classes, and their pixels in scribbles/ and labels/:",
    ]
    for label, name in enumerate(plan.names):
        pixels = [writer.pixels[kind][label] for kind in ("scribbles", "labels")]
        lines.append(f"    {label} {name}: {pixels[0]}, {pixels[1]}")
    return lines
