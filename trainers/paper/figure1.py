"""Figure 1: gradients of the regularizers at the output of a network."""

from tf_rloss import data

from ..datasets.sources import training_sources
from ..options import build
from ..trained.gradient_figure import draw, starting_segmentation
from ..trained.options import GradientOptions
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
    fields = {"output": str(study.folder / "figure1.png"), "max_classes": CLASSES}
    # The user's --sigma_xy is for the crops of trainings.
    options = build(GradientOptions, given, sigma_xy=None, **fields)
    draw(image, starting_segmentation(image, str(last), None), options)
    print(f"Figure 1: {options.output}")


FIGURE1 = Experiment(lambda setting: [PCE], report)
