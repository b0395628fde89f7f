"""Figure 1: gradients of the regularizers at the output of a network."""

from tf_rloss import data

from .. import defaults
from ..datasets.sources import training_sources
from ..trained.gradient_figure import automatic_sigma_xy, draw, starting_segmentation
from .study import Experiment, Study
from .trainings import PCE

IMAGE = 3
"""Place of the image in the validation set."""
CLASSES = 3


def report(study: Study) -> None:
    """Draws the gradients at the output of the pCE network."""
    given = study.setting.given
    _, val = training_sources(study.first.flags(PCE))
    place = min(IMAGE, len(val) - 1)
    (example,) = data.eval_pipeline(val.take([place])).as_numpy_iterator()
    image = example["image"]
    last = study.first.result(PCE).last
    draw(
        image,
        starting_segmentation(image, str(last), None),
        study.folder / "figure1.png",
        sigma_xy=automatic_sigma_xy(image.shape[1]),
        sigma_color=given.get("sigma_color", defaults.SIGMA_COLOR),
        gamma=given.get("gamma", defaults.GAMMA),
        max_classes=CLASSES,
        scribble=None,
    )
    print(f"Figure 1: {study.folder / 'figure1.png'}")


FIGURE1 = Experiment(lambda setting: [PCE], report)
