"""Data: sources of labelled images, simulated scribbles, and tf.data pipelines."""

from tf_rloss.data.activation_cues import (
    CueScores,
    activation_cues,
    load_cues,
    save_cues,
    score_cues,
)
from tf_rloss.data.augmentation import Augmentation
from tf_rloss.data.binary import binary, binary_cues
from tf_rloss.data.folder import folder
from tf_rloss.data.from_tfds import from_tfds, voc2012
from tf_rloss.data.pipeline import eval_pipeline, train_pipeline
from tf_rloss.data.points import draw_points, read_points, with_points
from tf_rloss.data.scribble_xml import read_scribble_xml
from tf_rloss.data.scribbles import (
    shorten_scribble,
    simulate_scribble,
    with_scribbles,
    with_shortened_scribbles,
)
from tf_rloss.data.sec_cues import Cues, read_image_numbers, read_sec_cues, with_cues
from tf_rloss.data.source import (
    DataError,
    Example,
    Source,
    find_tags,
    split,
    subset,
)
from tf_rloss.data.synthetic import synthetic
from tf_rloss.data.unlabelled import concatenate, photographs, without_labels

__all__ = [
    "Augmentation",
    "CueScores",
    "Cues",
    "DataError",
    "Example",
    "Source",
    "activation_cues",
    "binary",
    "binary_cues",
    "concatenate",
    "draw_points",
    "eval_pipeline",
    "find_tags",
    "folder",
    "from_tfds",
    "load_cues",
    "photographs",
    "read_image_numbers",
    "read_points",
    "read_scribble_xml",
    "read_sec_cues",
    "save_cues",
    "score_cues",
    "shorten_scribble",
    "simulate_scribble",
    "split",
    "subset",
    "synthetic",
    "train_pipeline",
    "voc2012",
    "with_cues",
    "with_points",
    "with_scribbles",
    "with_shortened_scribbles",
    "without_labels",
]
