"""Flags of VOC with scribbles, of TFDS data sets and of points."""

import json

import numpy as np
import pytest

from tests.data.small_voc import write_voc
from tf_rloss.labels import VOC_CLASSES
from trainers.command_line import groups
from trainers.command_line.flags import make_flags, read_given
from trainers.datasets.options import DataOptions
from trainers.datasets.sources import evaluation_source, training_sources
from trainers.errors import UserError
from trainers.options import build


@pytest.fixture(scope="module")
def voc(tmp_path_factory):
    """VOC's layout with four images to train on and two to validate on."""
    root = write_voc(tmp_path_factory.mktemp("voc"))
    content = {f"t{n}": [{"x": 4, "y": 5, "cls": 2, "rank": 1}] for n in range(4)}
    (root / "points.json").write_text(json.dumps(content))
    behind = {name: [{"x": 12, "y": 5, "cls": 0}] for name in content}
    (root / "background.json").write_text(json.dumps(behind))
    return root


def parse(*arguments):
    flag_values = make_flags(groups.DATA, groups.SCRIBBLES)
    flag_values(["program", *arguments])
    return read_given(flag_values)


def sources(*arguments, labels="scribble"):
    return training_sources(parse(*arguments), labels)


def scored(given, num_classes, class_names=None):
    options = build(DataOptions, parse(*given))
    return evaluation_source(options, class_names, num_classes, "run/last.keras")


def voc_flags(voc, *others):
    return "--dataset=voc2012_scribble", f"--data_dir={voc}", *others


def tfds_flags(voc, *others):
    """The same data set through TFDS, where the other has prepared it."""
    own = ["--dataset=tfds", "--tfds_name=voc2012_scribble"]
    return *own, f"--data_dir={voc}/tensorflow_datasets", *others


def test_voc_has_a_train_and_a_val_set(voc):
    train, val = sources(*voc_flags(voc))
    assert (len(train), len(val)) == (4, 2)
    assert train.class_names == val.class_names == VOC_CLASSES
    assert train.has_scribbles and val.has_masks


def test_length_ratio_shortens_the_scribbles_of_voc(voc):
    (whole, _), (short, _) = (
        sources(*voc_flags(voc, *more)) for more in ([], ["--length_ratio=0"])
    )
    assert (short.read("t0").scribble[5] == 2).sum() == 7  # a click of 6 px and one
    assert not np.array_equal(short.read("t0").scribble, whole.read("t0").scribble)


def test_points_replace_the_scribbles(voc):
    files = [
        f"--points={voc}/points.json",
        f"--background_points={voc}/background.json",
    ]
    (train, _) = sources(*voc_flags(voc, *files))
    scribble = train.read("t3").scribble
    assert scribble[5, 4] == 2 and scribble[5, 12] == 0
    assert set(np.unique(scribble)) == {0, 2, 255}


def test_tfds_data_sets_are_split_or_have_a_split_for_validation(voc):
    sources(*voc_flags(voc))  # prepares them
    train, val = sources(*tfds_flags(voc, "--val_fraction=0.25"))
    assert (len(train), len(val)) == (3, 1) and not set(train.ids) & set(val.ids)
    more = ["--tfds_split=train[:3]", "--tfds_val_split=val"]
    train, val = sources(*tfds_flags(voc, *more))
    assert (len(train), sorted(val.ids)) == (3, ["v0", "v1"])


def test_masks_of_any_name_are_read(voc):
    sources(*voc_flags(voc))
    names = "--class_names=a,b,c"
    train, _ = sources(*tfds_flags(voc, "--tfds_mask=mask", names))
    assert train.class_names == ("a", "b", "c")
    drawn = train.read("t0").scribble != 255  # simulated: no scribbles are named
    assert drawn.any()


def test_segmenters_are_scored_on_the_validation_set(voc):
    sources(*voc_flags(voc))
    for given in (voc_flags(voc), tfds_flags(voc, "--tfds_val_split=val")):
        source = scored(given, 21)
        assert sorted(source.ids) == ["v0", "v1"] and source.has_masks
    with pytest.raises(UserError, match="has 3 classes, but the images have 21"):
        scored(voc_flags(voc), 3)


def test_names_of_merged_classes_are_not_those_of_masks(voc):
    sources(*voc_flags(voc))
    given = tfds_flags(voc, "--tfds_mask=mask", "--binary")
    merged = ("background", "object")
    with pytest.raises(UserError, match="--tfds_mask and --class_names belong"):
        scored(given, 2, merged)
    source = scored([*given, "--class_names=a,b,c"], 2, merged)
    assert source.class_names == merged


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--tfds_name=x"], "--tfds_name needs --dataset=tfds"),
        (["--points=x"], "--points needs --dataset=folder or voc2012_scribble or tfds"),
        (["--image_scale=0.5"], "--image_scale needs --dataset=folder"),
        (["--dataset=folder", "--tfds_split=x"], "--tfds_split needs --dataset=tfds"),
        (["--dataset=tfds"], "--dataset=tfds needs --tfds_name"),
        (["--dataset=tfds", "--synthetic_size=64"], "needs --dataset=synthetic"),
        (["--dataset=tfds", "--tfds_name=x", "--class_names=a,b"], "belong together"),
        (["--dataset=tfds", "--tfds_name=x", "--tfds_mask=a"], "belong together"),
        (["--dataset=voc2012_scribble"], "voc2012_scribble needs --data_dir"),
        (["--dataset=voc2012_scribble", "--data_dir=/no"], "Not found: /no"),
        (["--dataset=voc2012_scribble", "--num_classes=3"], "--num_classes needs"),
        (
            ["--dataset=tfds", "--points=x", "--length_ratio=0.5"],
            "--length_ratio shortens scribbles, which --points replaces",
        ),
        (["--dataset=tfds", "--background_points=x"], "needs --points"),
    ],
)
def test_flags_that_do_not_fit_are_named(arguments, message):
    with pytest.raises(UserError, match=message):
        sources(*arguments)


def test_points_are_for_trainings_on_scribbles(voc):
    with pytest.raises(
        UserError, match="--points replaces scribbles, on which this does not"
    ):
        sources(*voc_flags(voc, f"--points={voc}/points.json"), labels="mask")
