"""Draws the paper's Figure 1: where the regularizers push a segmentation.

For each class the gradient of normalized cut (NC), CRF and kernel cut (KC) with
respect to the segmentation: red is negative, the pixel shall become more of the class,
yellow is positive, less. The segmentation comes from a network, or from a scribble
spread out, or else it is a blurred disc in the middle of the image:

    python -m trainers.gradient_maps --image=photo.jpg --checkpoint=runs/synthetic
    python -m trainers.gradient_maps --image=photo.jpg --scribble=scribble.png
    python -m trainers.gradient_maps --image=photo.jpg
"""

import pathlib
from collections.abc import Sequence

from absl import flags

from . import common_flags, defaults
from .errors import UserError

FLAGS = flags.FlagValues()
flags.DEFINE_string("image", None, "The photograph.", required=True, flag_values=FLAGS)
flags.DEFINE_string(
    "checkpoint",
    None,
    "Network whose output is the segmentation: the folder of a run, a .keras file or "
    "an exported SavedModel.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "scribble",
    None,
    "PNG of class ids, 255 = none, of the photograph's size. Without --checkpoint it "
    "is spread out to be the segmentation; with it, it is only shown.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "output", "runs/gradient_maps.png", "Picture to write.", flag_values=FLAGS
)
flags.DEFINE_integer(
    "max_side",
    512,
    "Photographs with a longer side, pixels, are reduced to it.",
    lower_bound=16,
    flag_values=FLAGS,
)
flags.DEFINE_integer(
    "max_classes",
    5,
    "How many classes are shown, those with the largest share of the segmentation.",
    lower_bound=1,
    flag_values=FLAGS,
)
flags.DEFINE_float(
    "sigma_xy",
    None,
    "Bandwidth in pixels of the reduced photograph. Default: as large a part of its "
    "width as in the paper.",
    lower_bound=0.1,
    flag_values=FLAGS,
)
flags.DEFINE_float(
    "sigma_rgb",
    defaults.SIGMA_RGB,
    "Bandwidth in intensities of 0 to 255.",
    lower_bound=0.1,
    flag_values=FLAGS,
)
flags.DEFINE_float(
    "gamma",
    defaults.GAMMA,
    "Weight of the normalized cut within kernel cut.",
    lower_bound=0,
    flag_values=FLAGS,
)


def main(argv: Sequence[str]) -> None:
    """Draws the figure that the flags ask for."""
    del argv
    output = pathlib.Path(FLAGS.output)
    if output.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise UserError(f"--output must end in .png or .jpg. Received: {output}")
    # Imported late, so that --help and a wrong flag need not wait for TensorFlow.
    from .gradient_figure import draw, read_scribble, starting_segmentation
    from .photographs import read_photograph, reduce_to

    try:
        photograph = read_photograph(pathlib.Path(FLAGS.image))
    except ValueError as error:
        raise UserError(f"--image={FLAGS.image}: {error}") from error
    image = reduce_to(photograph, FLAGS.max_side)
    scribble = None
    if FLAGS.scribble is not None:
        scribble = read_scribble(FLAGS.scribble, photograph.shape[:2], image.shape[:2])
    segmentation = starting_segmentation(image, FLAGS.checkpoint, scribble)
    automatic = defaults.SIGMA_XY_OF_PAPER * image.shape[1] / defaults.CROP_OF_PAPER
    draw(
        image,
        segmentation,
        output,
        sigma_xy=FLAGS.sigma_xy or automatic,
        sigma_rgb=FLAGS.sigma_rgb,
        gamma=FLAGS.gamma,
        max_classes=FLAGS.max_classes,
        scribble=scribble,
    )
    print(f"Figure: {output}")


def run() -> None:
    """Entry point of the console command."""
    common_flags.run_app(main, FLAGS)


if __name__ == "__main__":
    run()
