"""The import of annotations as flags say."""

import dataclasses

from tf_rloss import data

from ..errors import UserError
from ..options import Given, build
from .import_options import ImportOptions


def import_as_given(given: Given) -> None:
    """Imports, and prints what was written and what was unusual.

    Raises:
        UserError: if the output exists, or an option is out of range.
        DataError: if the export cannot be read or gives nothing.
    """
    # The options are called as the arguments of `import_annotations`.
    options = dataclasses.asdict(build(ImportOptions, given))
    source, output = options.pop("input"), options.pop("output")
    options["classes"] = options["classes"] or ()
    try:
        summary = data.import_annotations(source, output, **options)
    except FileExistsError as error:
        raise UserError(
            f"--output must not exist or be an empty folder. Received: {output}"
        ) from error
    print(summary)
    print(f"All notes: {output}/summary.txt")
