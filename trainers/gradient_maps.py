"""Draws the paper's Figure 1: the gradients of the regularizers on a photograph.

The figure has a row for each class, with the gradients of the normalized cut (NC), the
dense CRF and the kernel cut (KC) with respect to the segmentation. Where a gradient is
negative (red), a step against it raises the probability of the class; where it is
positive (yellow), it lowers it. The segmentation is the output of a network, or a
scribble that is spread out, or a blurred disc in the middle of the image:

    python -m trainers.gradient_maps --image=photo.jpg --checkpoint=runs/synthetic
    python -m trainers.gradient_maps --image=photo.jpg --scribble=scribble.png
    python -m trainers.gradient_maps --image=photo.jpg

Each command takes less than a minute and writes one picture, --output.
"""

from .command_line.application import run_app
from .command_line.flags import Group, make_flags
from .options import Given, build
from .trained.options import GradientOptions

FLAGS = make_flags(
    Group("Flags", GradientOptions),
    first=("image", "checkpoint", "scribble", "output", "max_side"),
)


def check(given: Given) -> None:
    """Refuses flags that do not fit together."""
    build(GradientOptions, given)


def main(given: Given) -> None:
    """Draws the figure that the flags ask for."""
    from .trained.gradient_figure import draw_as_given

    draw_as_given(given)


def run() -> None:
    """Runs the program; the console command calls this function."""
    run_app(main, FLAGS, check)


if __name__ == "__main__":
    run()
