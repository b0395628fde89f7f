"""Options of the page on which scribbles are drawn."""

import dataclasses
import shlex

from .. import defaults
from ..errors import UserError
from ..options import option
from ..trained.options import LoadingOptions


@dataclasses.dataclass(frozen=True)
class AnnotationOptions(LoadingOptions):
    """The photographs, the network that helps, and the address of the page."""

    data_dir: str | None = option(
        None,
        "Folder with images/, as docs/data.md describes it. Strokes are written into "
        "its scribbles/.",
        required=True,
    )
    input_dir: str | None = option(
        None,
        "Folder of your photographs, PNG or JPEG. Those that --data_dir lacks are "
        "copied into its images/ first.",
    )
    class_names: tuple[str, ...] | None = option(
        None,
        "Names of the classes, separated by commas and with the background first. They "
        "are written into classes.txt, where there is none yet.",
    )
    model: str | None = option(
        None,
        "Network whose predictions are shown and which is trained on: the folder of a "
        "run, or an exported SavedModel, whose training begins anew. Default: the "
        "newest network in --output_dir, if there is one.",
    )
    max_side: int = option(
        defaults.PHOTOGRAPH_SIDE,
        "Photographs that are larger for the network, in pixels of their longer side, "
        "are reduced to it.",
        at_least=16,
    )
    training_flags: str = option(
        "",
        "Further flags of trainers.scribble for the trainings that the page starts, "
        'separated by spaces, as in "--regularizer=crf --phase2_epochs=5".',
    )
    host: str = option(
        "127.0.0.1",
        "Address to listen at. Any but 127.0.0.1 lets other machines reach the page. "
        "They need the secret in its address, which then travels unencrypted.",
    )
    port: int = option(
        defaults.ANNOTATION_PORT,
        "Port to listen at; 0 takes a free one. Strokes that were not saved yet wait "
        "in the browser for a page of the same port.",
        at_least=0,
        at_most=65535,
    )
    open_browser: bool = option(
        True, "Opens the page in the web browser, where there is a screen."
    )

    @property
    def training_arguments(self) -> list[str]:
        """The words of `training_flags`."""
        return shlex.split(self.training_flags)

    def __post_init__(self):
        try:
            words = self.training_arguments
        except ValueError as error:
            raise UserError(f"--training_flags: {error}.") from error
        taken = ("dataset", "data_dir", "output_dir", "init_from")
        for word in words:
            if not word.startswith("--"):
                raise UserError(
                    "--training_flags must be flags, --name=value, with spaces "
                    f"between them. Received: {word}"
                )
            if word[2:].partition("=")[0] in taken:
                raise UserError(
                    f"--training_flags cannot set {word.partition('=')[0]}, which "
                    "the page sets itself."
                )
