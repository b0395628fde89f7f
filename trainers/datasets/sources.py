"""Sources of the images to train, to validate and to score on."""

import dataclasses
import functools
from collections.abc import Sequence

from tf_rloss import data

from .. import defaults
from ..errors import UserError
from ..options import Given, build
from .folders import evaluation_folder, existing_folder, open_folder, training_folders
from .options import FOLDER, SYNTHETIC, TFDS, VOC, DataOptions, TrainingDataOptions


def training_sources(
    given: Given, labels: str = "scribble"
) -> tuple[data.Source, data.Source | None]:
    """Returns the images to train on and those to validate on.

    Where there is no validation set, or `val_fraction` is given, a part of the training
    images with masks is held out; without any masks there is no validation, which is
    printed.

    Args:
        given: flags of `TrainingDataOptions`, among others.
        labels: kind of labels that the training reads: "scribble", "mask" or "tag".
            Tags are those of tags.csv, or the classes in the masks or scribbles.

    Raises:
        UserError: if the flags do not fit together or a folder is missing.
        DataError: if files of a folder are not as they should be.
    """
    return _training_sources(build(TrainingDataOptions, given), labels)


@functools.lru_cache(maxsize=4)  # Programs with many trainings check files once.
def _training_sources(
    options: TrainingDataOptions, labels: str
) -> tuple[data.Source, data.Source | None]:
    points = _read_points(options, labels)
    if options.dataset == FOLDER:
        train, val = _folder_sources(options, labels, bool(points))
    else:
        train = _open(options, "train", length_ratio=options.length_ratio)
        val = None if holds_out(options) else _open(options, "val")
    if points:
        train = data.with_points(train, points)
    if holds_out(options):
        train, val = _hold_out(train, _fraction(options), options.data_seed)
    if options.binary:
        return data.binary(train), val and data.binary(val)
    return train, val


def holds_out(options: DataOptions) -> bool:
    """Returns whether training images are held out to validate on."""
    if options.val_fraction is not None:
        return True
    if options.dataset == FOLDER:
        return training_folders(options)[1] is None
    return options.dataset == TFDS and options.tfds_val_split is None


def _fraction(options: DataOptions) -> float:
    """Returns the share of the training images that is held out."""
    given = options.val_fraction
    return defaults.VAL_FRACTION if given is None else given


def evaluation_source(
    options: DataOptions,
    class_names: Sequence[str] | None,
    num_classes: int,
    model: str,
    image_scale: float = 1.0,
    ignore_ids: Sequence[int] | None = None,
    training: bool = False,
) -> data.Source:
    """Returns the images to score a segmenter on.

    Args:
        options: options that choose the images.
        class_names: K names of the segmenter's classes, with which a folder is read
            where the options do not name them; None: not known.
        num_classes: number K of the segmenter's classes.
        model: name of the segmenter in messages.
        image_scale: factor by which the images of a folder are resized.
        ignore_ids: labels of a folder that mark pixels without a label, beside 255.
        training: whether to score on the images that a training trains on, in place of
            those that it validates on.

    Raises:
        UserError: if the flags do not fit together, a folder is missing or has no
            masks, or the classes are not those of the segmenter.
        DataError: if files of a folder are not as they should be.
    """
    # The names of merged classes say nothing about the masks.
    names = None if options.binary else class_names
    held_out = options.val_fraction is not None or (training and holds_out(options))
    if options.dataset == FOLDER:
        given = options.class_names or names
        count = options.num_classes
        if not options.binary and given is None:
            count = count or num_classes
        path = evaluation_folder(options)
        if held_out or training:
            path = training_folders(options)[0]
        source = open_folder(
            path,
            class_names=given,
            num_classes=count,
            image_scale=image_scale,
            ignore_ids=ignore_ids or (),
        )
        if not _masked(source).has_masks:
            raise UserError(f"{path} has no labels/, so nothing can be scored on it.")
    else:
        undivided = options.dataset == TFDS and not options.tfds_val_split
        split = "train" if held_out or training or undivided else "val"
        source = _open(options, split, class_names=names)
    if held_out:
        source = _parts(source, options)[0 if training else 1]
    source = _masked(source)
    if options.binary:
        source = data.binary(source)
    if source.num_classes != num_classes:
        raise UserError(
            f"{model} has {num_classes} classes, but the images have "
            f"{source.num_classes}: {', '.join(source.class_names)}"
        )
    return source


def _parts(
    source: data.Source, options: DataOptions
) -> tuple[data.Source, data.Source]:
    """Returns what a training with the same flags trains on, and what it holds out.

    Raises:
        UserError: if it holds out none.
    """
    fraction = _fraction(options)
    if fraction == 0.0 or len(source) < 2:
        raise UserError(
            f"A training with --val_fraction={fraction:g} holds out none of "
            f"{len(source)} images, so there is nothing to score on. Leave out the "
            "flag to score on the validation set, or give the share that was held out."
        )
    return _split(source, fraction, options.data_seed)


def _open(
    options: DataOptions,
    split: str,
    class_names: Sequence[str] | None = None,
    length_ratio: float | None = None,
) -> data.Source:
    """Returns the "train" or "val" images of any data set but a folder."""
    if options.dataset == VOC:
        if options.data_dir is None:
            raise UserError(f"--dataset={VOC} needs --data_dir.")
        root = existing_folder("data_dir", options.data_dir)
        return data.voc2012(split, root, length_ratio=length_ratio)
    if options.dataset == TFDS:
        return _open_tfds(options, split, class_names, length_ratio)
    assert options.dataset == SYNTHETIC
    return data.synthetic(
        split,
        num_images=options.synthetic_images
        if split == "train"
        else options.synthetic_val_images,
        size=options.synthetic_size,
        seed=options.data_seed,
        camouflage=options.synthetic_camouflage,
        length_ratio=1.0 if length_ratio is None else length_ratio,
    )


def _open_tfds(
    options: DataOptions,
    split: str,
    class_names: Sequence[str] | None,
    length_ratio: float | None,
) -> data.Source:
    """Returns a split of a data set of TFDS; `class_names` serve where flags do not."""
    if options.tfds_name is None:
        raise UserError(f"--dataset={TFDS} needs --tfds_name.")
    mask, names = options.tfds_mask, options.class_names
    if mask is not None:
        names = names or class_names
    if (mask is None) != (names is None):
        raise UserError("--tfds_mask and --class_names belong together.")
    return data.from_tfds(
        options.tfds_name,
        options.tfds_split if split == "train" else options.tfds_val_split,
        data_dir=options.data_dir,
        mask=mask,
        class_names=names,
        length_ratio=length_ratio,
    )


def _read_points(
    options: TrainingDataOptions, labels: str
) -> dict[str, list[tuple[float, float, int]]]:
    """Returns the points of --points by image, {} without the flag."""
    if options.points is None:
        if options.background_points is not None:
            raise UserError("--background_points needs --points.")
        return {}
    if labels != "scribble":
        raise UserError("--points replaces scribbles, on which this does not train.")
    if options.length_ratio is not None:
        raise UserError("--length_ratio shortens scribbles, which --points replaces.")
    return data.read_points(options.points, options.background_points)


def _folder_sources(
    options: TrainingDataOptions, labels: str, has_points: bool
) -> tuple[data.Source, data.Source | None]:
    """Returns the images of a folder, and those of its validation set or None."""
    train_dir, val_dir = training_folders(options)
    if options.val_fraction is not None:
        val_dir = None
    shared = {
        "image_scale": options.image_scale,
        "ignore_ids": options.ignore_id or (),
    }
    train = open_folder(
        train_dir,
        class_names=options.class_names,
        num_classes=options.num_classes,
        length_ratio=options.length_ratio,
        **shared,
    )
    if labels == "mask" and train.unmasked:
        raise UserError(
            f"{train_dir}/labels lacks masks of {len(train.unmasked)} of {len(train)} "
            "images, and the training needs all of them."
        )
    if labels == "mask" and not train.has_masks:
        raise UserError(f"{train_dir} has no labels/, which the training needs.")
    if labels == "scribble" and not (train.has_scribbles or has_points):
        raise UserError(
            f"{train_dir} has no scribbles/. --length_ratio=1 simulates scribbles from "
            "labels/."
        )
    val = None
    if val_dir is not None:
        val = _masked(open_folder(val_dir, class_names=train.class_names, **shared))
        if not val.has_masks:
            raise UserError(f"{val_dir} has no labels/, so one cannot validate on it.")
    if labels == "tag" and train.has_tags and (train.has_masks or val):
        order = ", ".join(f"{i} {name}" for i, name in enumerate(train.class_names))
        print(f"Classes, as masks have to number them: {order}")
    return train, val


def _hold_out(
    train: data.Source, fraction: float, seed: int
) -> tuple[data.Source, data.Source | None]:
    """Takes a part of the training images for validation, where that is possible."""
    if not _masked(train).has_masks:
        print("Validation is skipped: the images have no labels/.")
        return train, None
    if fraction == 0.0 or len(train) < 2:
        print("Validation is skipped: no images are held out.")
        return train, None
    return _split(train, fraction, seed)


def _split(
    source: data.Source, fraction: float, seed: int
) -> tuple[data.Source, data.Source]:
    """Returns the images to train on and those held out, all of which have masks."""
    masked = _masked(source)
    if masked is source:
        return data.split(source, fraction, seed)
    count = min(max(1, round(fraction * len(source))), len(masked), len(source) - 1)
    val = data.subset(masked, count, seed)
    chosen = set(val.ids)
    kept = [i for i, name in enumerate(source.ids) if name not in chosen]
    return source.take(kept), val


def _masked(source: data.Source) -> data.Source:
    """Returns the images with masks; all images where none or all have one."""
    if not source.unmasked:
        return source
    kept = [i for i, name in enumerate(source.ids) if name not in source.unmasked]
    return dataclasses.replace(source.take(kept), has_masks=True, unmasked=frozenset())
