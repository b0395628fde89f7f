"""Data: sources of labelled images, simulated scribbles, and tf.data pipelines."""

from tf_rloss.data.activation_cues import (
    CueScores,
    activation_cues,
    load_cues,
    save_cues,
    score_cues,
)
from tf_rloss.data.augmentation import Augmentation
from tf_rloss.data.folder import folder
from tf_rloss.data.pipeline import eval_pipeline, train_pipeline
from tf_rloss.data.scribbles import simulate_scribble, with_scribbles
from tf_rloss.data.sec_cues import Cues, read_image_numbers, read_sec_cues, with_cues
from tf_rloss.data.source import DataError, Example, Source, find_tags, split
from tf_rloss.data.synthetic import synthetic

__all__ = [
    "Augmentation",
    "CueScores",
    "Cues",
    "DataError",
    "Example",
    "Source",
    "activation_cues",
    "eval_pipeline",
    "find_tags",
    "folder",
    "load_cues",
    "read_image_numbers",
    "read_sec_cues",
    "save_cues",
    "score_cues",
    "simulate_scribble",
    "split",
    "synthetic",
    "train_pipeline",
    "with_cues",
    "with_scribbles",
]
