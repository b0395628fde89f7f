"""The import of annotations as flags say."""

from tf_rloss import data

from ..errors import UserError
from ..options import Given
from .import_options import ImportOptions


def import_as_given(given: Given) -> None:
    """Imports, and prints what was written and what was unusual.

    Raises:
        UserError: if the output exists, or an option is out of range.
        DataError: if the export cannot be read or gives nothing.
    """
    options = ImportOptions.of(given)
    try:
        summary = data.import_annotations(
            options.input,
            options.output,
            format=options.format,
            images=options.images,
            classes=options.classes or (),
            background=options.background,
            unclassified=options.unclassified,
            annotator=options.annotator,
            unlabelled=options.unlabelled,
            class_attribute=options.class_attribute,
            line_width=options.line_width,
            boxes=options.boxes,
            fill_background=options.fill_background,
            painted=options.painted,
        )
    except FileExistsError as error:
        raise UserError(
            f"--output must not exist or be an empty folder. Received: {options.output}"
        ) from error
    print(summary)
    print(f"All notes: {options.output}/summary.txt")
