"""Images with labels: sources that read them, and `tf.data` pipelines of batches.

A `Source` reads the images of a data set one at a time, each as an `Example`. Functions
called `with_...` return a source with other labels. `train_pipeline` makes batches.
"""

from tf_rloss.data.annotations.importer import import_annotations
from tf_rloss.data.augmentation import Augmentation
from tf_rloss.data.binary import binary
from tf_rloss.data.cues.activation_cues import CueScores, activation_cues, score_cues
from tf_rloss.data.cues.cue_file import load_cues, save_cues
from tf_rloss.data.cues.sec_cues import read_image_numbers, read_sec_cues
from tf_rloss.data.cues.source import Cues, binary_cues, with_cues
from tf_rloss.data.folders.inspection import Inspection, inspect_folder
from tf_rloss.data.folders.photographs import photographs
from tf_rloss.data.folders.reader import folder
from tf_rloss.data.image_form import ImageForm
from tf_rloss.data.pipeline import eval_pipeline, train_pipeline
from tf_rloss.data.scribbles.clicks import draw_points, read_points, with_points
from tf_rloss.data.scribbles.scribble_xml import read_scribble_xml
from tf_rloss.data.scribbles.simulation import (
    shorten_scribble,
    simulate_scribble,
    with_scribbles,
    with_shortened_scribbles,
)
from tf_rloss.data.source import (
    DataError,
    Example,
    Source,
    find_tags,
)
from tf_rloss.data.subsets import split, subset
from tf_rloss.data.synthetic_scenes.source import synthetic
from tf_rloss.data.tfds.reader import from_tfds, voc2012
from tf_rloss.data.unlabelled import concatenate, without_labels

__all__ = [
    "Augmentation",
    "CueScores",
    "Cues",
    "DataError",
    "Example",
    "ImageForm",
    "Inspection",
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
    "inspect_folder",
    "load_cues",
    "import_annotations",
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
