"""Localization cues for a training from tags: from a file, or from a classifier.

The classifier is trained by the same engine as a segmenter: its network ends in
activation maps, and the loss pools them (`losses.tag_crossentropy`). So it resumes and
runs on several devices like any run. Its cues lie beside it:

    <output_dir>/classifier/            a run of its own
    <output_dir>/classifier/cues.npz    read again by the same command
"""

import functools
import pathlib

import keras
import numpy as np
import tensorflow as tf

from tf_rloss import data, evaluation, losses, models
from tf_rloss.files import atomic_file, remove_leftovers
from tf_rloss.labels import IGNORE_LABEL

from ..engine.config import RunConfig
from ..engine.devices import barrier, is_chief, make_strategy
from ..engine.networks import build_network, load_weights
from ..engine.progress import ImageProgress
from ..engine.recipe import Recipe
from ..engine.run import run
from ..errors import UserError
from .published import Published
from .tag_options import CueOptions

CUES_FILE = "cues.npz"
CELL = 4
"""Pixels between two cues, as between the cells of `models.TagClassifier`."""


def cues_of_classifier(
    source: data.Source,
    config: RunConfig,
    cues: CueOptions,
    strategy: tf.distribute.Strategy | None,
    published: Published | None = None,
) -> data.Source:
    """Trains a classifier on the tags and returns the source with its cues.

    Args:
        source: images with tags.
        config: settings of the classifier's run.
        cues: settings with which cues are found in its maps.
        strategy: devices to train on; the chief makes the cues, the others read them.
            Default: those of the config.
        published: the training whose learning rates apply; None: the usual ones.

    Raises:
        UserError: if no tags are known, or `config.model` has no single classifier.
    """
    if not (source.has_masks or source.has_scribbles or source.has_tags):
        raise UserError(
            f"No tags are known: {source.name} has no tags.csv, labels/ or scribbles/."
        )
    strategy = strategy or make_strategy(config.strategy)
    config = config.resolve(source)
    recipe = Recipe(
        losses={"tags": losses.TagCrossentropy()},
        loss_weights={"tags": 1.0},
        flags={"recipe": published.model} if published else {},
        build_segmenter=functools.partial(build_classifier, config),
        lr_multiplier=published.lr_multiplier if published else None,
    )
    result = run(recipe, config, source, strategy=strategy, title="classifier")
    path = result.last.parent / CUES_FILE
    if is_chief(strategy):
        remove_leftovers([path, path.with_suffix(".settings.npz")])
    if is_chief(strategy) and not has_same_settings(path, cues):
        classifier = build_classifier(config, source.num_classes)
        load_weights(classifier, str(result.last))
        write_cues(path, find_cues(classifier, source, cues), cues)
    barrier(strategy)
    return data.with_cues(source, data.load_cues(path))


def build_classifier(
    config: RunConfig, num_classes: int, weights: str | None = None
) -> keras.Model:
    """Returns a small network, or `config.model` where it has pretrained weights.

    Raises:
        UserError: if the model has no single classifier.
    """
    if config.weights is None:
        return models.TagClassifier(num_classes, channels=config.channels)
    segmenter = build_network(config, num_classes, weights)
    try:
        return models.tag_classifier_of(segmenter)
    except ValueError as error:
        raise UserError(f"--model: {error}") from error


def find_cues(
    classifier: keras.Model, source: data.Source, settings: CueOptions
) -> dict[str, data.Cues]:
    """Returns the cues of every image, found in the maps of the zoomed image."""
    predict = evaluation.make_predict(classifier, (settings.cam_scale,))
    progress = ImageProgress(len(source), "searched for cues")
    found = {}
    for name in source.ids:
        example = source.read(name)
        height, width = (-(-side // CELL) for side in example.image.shape[:2])
        found[name] = data.activation_cues(
            predict(example.image, (height, width)),
            data.find_tags(example, source.num_classes),
            foreground_share=settings.foreground_share,
            background_share=settings.background_share,
        )
        progress.advance()
    progress.finish()
    return found


def write_cues(
    path: pathlib.Path, cues: dict[str, data.Cues], settings: CueOptions
) -> None:
    """Writes the cues and, after them, the settings that they were made with."""
    with atomic_file(path) as temporary:
        data.save_cues(temporary, cues)
    with atomic_file(path.with_suffix(".settings.npz")) as temporary:
        np.savez(temporary, **settings.cam_settings)


def has_same_settings(path: pathlib.Path, settings: CueOptions) -> bool:
    """Returns whether there are cues that were made with these settings."""
    beside = path.with_suffix(".settings.npz")
    if not path.exists() or not beside.exists():
        return False
    with np.load(beside, allow_pickle=False) as file:
        return {name: float(file[name]) for name in file} == settings.cam_settings


def cues_of_file(
    source: data.Source, path: str, list_path: str | None, *, binary: bool = False
) -> data.Source:
    """Returns the source with the cues of SEC's file, or of one that `tag` wrote.

    Args:
        source: images; their tags become those of the file.
        path: the file.
        list_path: SEC's list of images.
        binary: whether `data.binary` has merged the classes of the source; those of
            the cues are then merged, too.

    Raises:
        UserError: if a file is missing, or `list_path` is needed and not given, or
            given and not needed.
        DataError: if a file is damaged, or images have no cues in it.
    """
    for flag, file in (("cues", path), ("cues_list", list_path)):
        if file is not None and not pathlib.Path(file).is_file():
            raise UserError(f"--{flag} must be a file. Not found: {file}")
    if path.endswith(".npz"):
        if list_path is not None:
            raise UserError("--cues_list is for SEC's cues; cues.npz has names.")
        cues = data.load_cues(path)
    elif list_path is None:
        raise UserError(
            "--cues of SEC needs --cues_list, the input_list.txt that numbers its "
            "images."
        )
    else:
        names = data.read_image_numbers(list_path)
        # The number of classes before they were merged is not known any more.
        num_classes = IGNORE_LABEL if binary else source.num_classes
        numbered = data.read_sec_cues(path, num_classes=num_classes)
        cues = {names[n]: cue for n, cue in numbered.items() if n in names}
    if binary:
        cues = {name: data.binary_cues(cue) for name, cue in cues.items()}
    return data.with_cues(source, cues)


def describe_cues(source: data.Source) -> str:
    """Returns a line with the scores of cues, where there are masks to compare."""
    if not source.has_masks:
        return "Cues  the images have no masks to compare with"
    scores = data.score_cues(source)
    return (
        f"Cues  cover {scores.coverage:.1%}, background {scores.background:.1%} of "
        f"them; right {scores.precision:.1%}, of objects "
        f"{scores.foreground_precision:.1%}"
    )
