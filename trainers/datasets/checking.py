"""The check of a folder as text and as report.html."""

import pathlib

from tf_rloss import data, visualization
from tf_rloss.data.source import printable
from tf_rloss.visualization import Section

from ..errors import UserError
from ..options import Given, build
from .folders import training_folders
from .options import FOLDER, DataOptions

SHOWN = 12
"""Images whose labels are shown."""
REPORT = "report.html"


def check_as_given(given: Given) -> None:
    """Prints what is in the folders that the flags name, and writes the report.

    Args:
        given: flag -> value, for the flags that the user gave, and `output_dir`.

    Raises:
        UserError: at the end, if something is wrong.
    """
    options = build(DataOptions, {**given, "dataset": FOLDER})
    train_dir, val_dir = training_folders(options)
    names, count = options.class_names, options.num_classes
    sections, problems = [], 0
    found = {}
    for path in filter(None, (train_dir, val_dir)):
        try:
            found[path] = data.inspect_folder(
                path,
                class_names=names,
                num_classes=None if names else count,
                ignore_ids=options.ignore_id or (),
            )
        except (FileNotFoundError, ValueError) as error:
            sections.append(Section(str(path), warnings=[str(error)]))
            problems += 1
            continue
        # A validation set has the classes of the training images.
        names = found[path].class_names or names
        problems += len(found[path].problems)
        sections.append(_section(path, found[path]))
    if train_dir in found:
        doubts = _about_validation(found[train_dir], found.get(val_dir), val_dir)
        sections.append(Section("Validation", warnings=doubts))
    print("\n\n".join(filter(None, map(_as_text, sections))))
    sections += [_pictures(path, inspection) for path, inspection in found.items()]
    report = pathlib.Path(given["output_dir"]) / REPORT
    title = f"Check of {options.data_dir}"
    visualization.write_report(report, title, sections)
    print(f"\nReport: {report}")
    if problems:
        raise UserError(f"{problems} faults have to be mended; they are listed above.")


def _section(path: pathlib.Path, found: data.Inspection) -> Section:
    """Returns the counts and the faults of a folder."""
    counts = found.survey.kinds
    rows = []
    for label, name in enumerate(found.class_names):
        row = [f"{label} {name}"]
        for kind in counts.values():
            row += [int(kind.images[label]), int(kind.pixels[label])]
        if found.tags:
            row.append(sum(label in ids for ids in found.tags.values()))
        rows.append(row)
    columns = [c for kind in counts for c in (kind, f"pixels of {kind}")]
    sound = found.sizes[found.sizes.any(axis=1)]
    sizes = [f"{width} x {height} px" for height, width in sorted(map(tuple, sound))]
    return Section(
        str(path),
        facts={
            "images": len(found.examples),
            "smallest and largest": [sizes[0], sizes[-1]] if sizes else [],
            **{
                f"labelled share of {kind}": f"{100 * c.labelled_share:.1f} %"
                for kind, c in counts.items()
                if c.files
            },
        },
        warnings=[
            *(f"Wrong: {printable(problem)}" for problem in found.problems),
            *(f"Perhaps a mistake: {printable(text)}" for text in found.warnings),
        ],
        columns=["class", *columns, *(["tags"] if found.tags else [])],
        rows=rows,
    )


def _about_validation(
    train: data.Inspection,
    val: data.Inspection | None,
    val_dir: pathlib.Path | None,
) -> list[str]:
    """Returns what validation cannot tell."""
    if val_dir is not None and val is None:
        return []
    masks = (val or train).survey.masks
    if masks is None:
        return ["No image has a mask, so there will be no validation."]
    learned = train.survey.scribbles or train.survey.masks
    return [
        f"Class {k} {train.class_names[k]!r} is in the training labels and in no mask "
        "to validate on; its IoU will say nothing."
        for k in (learned.ids if learned else ())
        if k not in masks.ids and k < len(train.class_names)
    ]


def _as_text(section: Section) -> str:
    """Returns a section as lines of text."""
    if not (section.facts or section.rows or section.warnings):
        return ""
    lines = [section.title]
    for name, value in section.facts.items():
        shown = ", ".join(value) if isinstance(value, list) else value
        lines.append(f"  {name}: {shown}")
    table = [section.columns, *section.rows] if section.rows else []
    widths = [
        max(len(str(cell)) for cell in column) for column in zip(*table, strict=True)
    ]
    for row in table:
        cells = [str(row[0]).ljust(widths[0])]
        cells += [
            str(cell).rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)
        ]
        lines.append("  " + "  ".join(cells))
    return "\n".join([*lines, *(f"  {sentence}" for sentence in section.warnings)])


def _pictures(path: pathlib.Path, found: data.Inspection) -> Section:
    """Returns the first images with their labels on them."""
    pictures = []
    for stem in found.examples:
        try:
            example = found.read(stem)
            picture = visualization.labelled_image(*example[:3], found.palette)
        except data.DataError:
            continue  # It is among the faults.
        pictures.append((stem, picture))
        if len(pictures) == SHOWN:
            break
    count = len(found.class_names)
    return Section(
        f"Labels in {path.name}",
        pictures=pictures,
        legend=(found.class_names, found.palette[:count]) if count else None,
    )
