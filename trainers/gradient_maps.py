"""Draws the paper's Figure 1: where the regularizers push a segmentation.

For each class the gradient of normalized cut (NC), CRF and kernel cut (KC) with
respect to the segmentation: red is negative, the pixel shall become more of the class,
yellow is positive, less. The segmentation comes from a network, or from a scribble
spread out, or else it is a blurred disc in the middle of the image:

    python -m trainers.gradient_maps --image=photo.jpg --checkpoint=runs/synthetic
    python -m trainers.gradient_maps --image=photo.jpg --scribble=scribble.png
    python -m trainers.gradient_maps --image=photo.jpg
"""

from .command_line.application import run_app
from .command_line.flags import Group, make_flags
from .options import Given
from .trained.options import GradientOptions

FLAGS = make_flags(
    Group("Flags", GradientOptions),
    first=("image", "checkpoint", "scribble", "output", "max_side"),
)


def check(given: Given) -> None:
    """Refuses flags that do not fit together."""
    GradientOptions.of(given)


def main(given: Given) -> None:
    """Draws the figure that the flags ask for."""
    from .trained.gradient_figure import draw_as_given

    draw_as_given(given)


def run() -> None:
    """Entry point of the console command."""
    run_app(main, FLAGS, check)


if __name__ == "__main__":
    run()
