"""Evaluation: one confusion matrix over a data set, at original resolution."""

from tf_rloss.evaluation.borders import fill_void, near_borders
from tf_rloss.evaluation.confusion import ConfusionMatrix
from tf_rloss.evaluation.metric import MeanIoU
from tf_rloss.evaluation.prediction import Predict, make_predict, resize_probs
from tf_rloss.evaluation.protocol import Scored, evaluate
from tf_rloss.evaluation.report import format_table, summarize, table_rows

__all__ = [
    "ConfusionMatrix",
    "MeanIoU",
    "Predict",
    "Scored",
    "evaluate",
    "fill_void",
    "format_table",
    "make_predict",
    "near_borders",
    "resize_probs",
    "summarize",
    "table_rows",
]
