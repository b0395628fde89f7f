"""Pictures of label maps, confusion matrices, curves and gradients of regularizers."""

from tf_rloss.visualization.contact_sheets import compose, contact_sheet
from tf_rloss.visualization.gradients import (
    colour_range,
    gradient_maps,
    gradient_picture,
)
from tf_rloss.visualization.label_images import (
    label_image,
    label_png,
    labelled_image,
    overlay,
    save_image,
    save_label_png,
)
from tf_rloss.visualization.plots import (
    confusion_picture,
    curves_picture,
    panels_picture,
)
from tf_rloss.visualization.report import Comparison, Section, write_report
from tf_rloss.visualization.summary_plots import bars_picture, lines_picture

__all__ = [
    "Comparison",
    "Section",
    "bars_picture",
    "colour_range",
    "compose",
    "confusion_picture",
    "contact_sheet",
    "curves_picture",
    "gradient_maps",
    "gradient_picture",
    "label_image",
    "label_png",
    "labelled_image",
    "lines_picture",
    "overlay",
    "panels_picture",
    "save_image",
    "save_label_png",
    "write_report",
]
