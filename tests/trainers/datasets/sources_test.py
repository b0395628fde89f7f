"""Tests of trainers/datasets/sources.py and folders.py."""

import numpy as np
import pytest
import toys
from PIL import Image

from tf_rloss import data
from trainers.command_line import groups
from trainers.command_line.flags import make_flags, read_given
from trainers.datasets.options import DataOptions
from trainers.datasets.sources import evaluation_source, training_sources
from trainers.errors import UserError
from trainers.options import build


def given(*arguments):
    flag_values = make_flags(groups.DATA, groups.SCRIBBLES)
    flag_values(["program", *map(str, arguments)])
    return read_given(flag_values)


def sources(*arguments, **options):
    return training_sources(given(*arguments), **options)


def folder(*arguments, **options):
    return sources("--dataset=folder", *arguments, **options)


def write(path, count=5, kinds=("images", "scribbles", "labels")):
    """Writes toys as a folder of images."""
    source = toys.make_source(count)
    for name in source.ids:
        example = source.read(name)
        arrays = dict(zip(("images", "scribbles", "labels"), example[:3], strict=True))
        for kind in kinds:
            (path / kind).mkdir(parents=True, exist_ok=True)
            Image.fromarray(arrays[kind]).save(path / kind / f"{name}.png")
    return path


def test_the_default_is_generated():
    train, val = sources("--synthetic_images=6", "--synthetic_val_images=2")
    assert (len(train), len(val)) == (6, 2)
    assert train.has_scribbles
    assert not set(train.ids) & set(val.ids)


def test_camouflage_is_another_data_set():
    (plain, _), (hidden, val) = sources(), sources("--synthetic_camouflage")
    assert plain.name != hidden.name == val.name
    first = [source.read(source.ids[0]).image for source in (plain, hidden)]
    assert not np.array_equal(*first)


def test_train_and_val_beside_each_other_are_found(tmp_path):
    write(tmp_path / "train", 4)
    write(tmp_path / "val", 2, ("images", "labels"))
    train, val = folder(f"--data_dir={tmp_path}")
    assert (len(train), len(val)) == (4, 2)
    assert train.class_names == val.class_names


def test_a_plain_folder_is_split_by_masks(tmp_path):
    write(tmp_path, 10)
    train, val = folder(f"--data_dir={tmp_path}", "--val_fraction=0.3")
    assert (len(train), len(val)) == (7, 3)
    assert not set(train.ids) & set(val.ids)


def test_a_given_share_replaces_the_validation_set(tmp_path):
    write(tmp_path / "train", 10)
    write(tmp_path / "val", 2, ("images", "labels"))
    train, val = folder(f"--data_dir={tmp_path}", "--val_fraction=0.3")
    whole, _ = folder(f"--data_dir={tmp_path}")
    assert (len(train), len(val)) == (7, 3)
    assert {*train.ids, *val.ids} == set(whole.ids)
    train, val = sources("--synthetic_images=10", "--val_fraction=0.2")
    assert (len(train), len(val)) == (8, 2)
    assert set(val.ids) < set(sources("--synthetic_images=10")[0].ids)


@pytest.mark.parametrize("kind", ["plain", "train_and_val", "synthetic"])
def test_a_given_share_is_what_a_program_that_only_evaluates_scores_on(tmp_path, kind):
    arguments = ["--val_fraction=0.3"]
    if kind == "synthetic":
        arguments += ["--synthetic_images=10"]
    else:
        write(tmp_path / ("train" if kind == "train_and_val" else ""), 10)
        write(tmp_path / "val", 2, ("images", "labels"))
        arguments += ["--dataset=folder", f"--data_dir={tmp_path}"]
    _, val = sources(*arguments)
    options = build(DataOptions, given(*arguments))
    scored = evaluation_source(options, None, val.num_classes, "model")
    assert scored.ids == val.ids and len(scored) == 3


@pytest.mark.parametrize("fraction, count", [("0", 10), ("0.3", 1)])
def test_one_cannot_score_on_images_that_are_not_held_out(fraction, count):
    arguments = [f"--val_fraction={fraction}", f"--synthetic_images={count}"]
    options = build(DataOptions, given(*arguments))
    message = f"--val_fraction={fraction} holds out none of {count} images"
    with pytest.raises(UserError, match=message):
        evaluation_source(options, None, 2, "model")


def test_without_masks_training_goes_on_and_says_so(tmp_path, capsys):
    write(tmp_path, 3, ("images", "scribbles"))
    train, val = folder(f"--data_dir={tmp_path}")
    assert len(train) == 3
    assert val is None
    assert "Validation is skipped" in capsys.readouterr().out


def test_scribbles_can_be_simulated(tmp_path):
    write(tmp_path, 3, ("images", "labels"))
    with pytest.raises(UserError, match="--length_ratio=1 simulates"):
        folder(f"--data_dir={tmp_path}")
    train, _ = folder(f"--data_dir={tmp_path}", "--length_ratio=0.5")
    assert (train.read(train.ids[0]).scribble != 255).any()


def test_an_own_validation_folder_is_used(tmp_path):
    write(tmp_path / "a", 4)
    write(tmp_path / "b", 2)
    val = folder(f"--data_dir={tmp_path / 'a'}", f"--val_data_dir={tmp_path / 'b'}")[1]
    assert len(val) == 2


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "--dataset=folder needs --data_dir"),
        (["--data_dir=/no/such"], "--data_dir must be a folder. Not found: /no/such"),
        (["--data_dir={empty}"], "must hold images/, or train/"),
        (
            ["--data_dir={good}", "--val_data_dir=/no"],
            "--val_data_dir must be a folder",
        ),
        (["--data_dir={good}", "--val_data_dir={unlabelled}"], "has no labels/"),
    ],
)
def test_what_is_missing_is_named(tmp_path, arguments, message):
    places = {name: tmp_path / name for name in ("empty", "good", "unlabelled")}
    places["empty"].mkdir()
    write(places["good"], 2)
    write(places["unlabelled"], 2, ("images", "scribbles"))
    with pytest.raises(UserError, match=message):
        folder(*(argument.format(**places) for argument in arguments))


def test_flags_of_a_folder_need_a_folder():
    with pytest.raises(UserError, match="--data_dir needs --dataset=folder"):
        sources("--data_dir=x")


def test_masks_alone_will_do_where_they_are_what_is_read(tmp_path):
    write(tmp_path / "a", 4, ("images", "labels"))
    write(tmp_path / "b", 4, ("images", "scribbles"))
    train, _ = folder(f"--data_dir={tmp_path / 'a'}", labels="mask")
    assert train.has_masks
    with pytest.raises(UserError, match="has no labels/, which the training needs"):
        folder(f"--data_dir={tmp_path / 'b'}", labels="mask")


def test_tags_alone_will_do_where_they_are_what_is_read(tmp_path, capsys):
    lines = [
        f"{path.name},car\n"
        for path in (write(tmp_path, 4, ["images"]) / "images").iterdir()
    ]
    (tmp_path / "tags.csv").write_text("".join(lines))
    train, val = folder(f"--data_dir={tmp_path}", labels="tag")
    assert (len(train), val, train.class_names) == (4, None, ("background", "car"))
    assert capsys.readouterr().out.startswith("Validation is skipped")
    with pytest.raises(UserError, match="has no scribbles/"):
        folder(f"--data_dir={tmp_path}")
    with pytest.raises(UserError, match="has no labels/"):
        folder(f"--data_dir={tmp_path}", labels="mask")


def test_classes_can_be_merged_into_one(tmp_path):
    write(tmp_path / "train", 4)
    write(tmp_path / "val", 2)
    for source in folder(f"--data_dir={tmp_path}", "--binary"):
        assert source.class_names == ("background", "object")
        assert set(np.unique(source.read(source.ids[0]).mask)) == {0, 1}


def test_bad_files_are_reported(tmp_path):
    write(tmp_path, 2)
    Image.fromarray(np.zeros((3, 3), np.uint8)).save(tmp_path / "labels" / "toys-0.png")
    with pytest.raises(data.DataError, match="toys-0"):
        folder(f"--data_dir={tmp_path}")


def test_only_images_with_masks_are_held_out(tmp_path, capsys):
    """Protects: a folder with a few masks beside its scribbles was refused."""
    write(tmp_path, 10)
    kept = {path.stem for path in sorted((tmp_path / "labels").iterdir())[:3]}
    for path in (tmp_path / "labels").iterdir():
        if path.stem not in kept:
            path.unlink()
    arguments = ["--dataset=folder", f"--data_dir={tmp_path}", "--val_fraction=0.2"]
    train, val = sources(*arguments)
    assert (len(train), len(val)) == (8, 2)
    assert val.has_masks and set(val.ids) < kept
    assert not set(train.ids) & set(val.ids)
    options = build(DataOptions, given(*arguments))
    scored = evaluation_source(options, None, val.num_classes, "model")
    assert scored.ids == val.ids and scored.has_masks
    whole = build(DataOptions, given(*arguments[:2]))
    scored = evaluation_source(whole, None, val.num_classes, "model")
    assert set(scored.ids) == kept
    with pytest.raises(UserError, match="lacks masks of 7 of 10 images"):
        sources(*arguments, labels="mask")


def test_what_no_flag_says_of_images_to_score_on_is_that_of_the_training(tmp_path):
    """Protects: --channels alone forgot the range that the network learned from."""
    write(tmp_path, 2)
    trained = data.ImageForm(channels=1, value_range=(10, 200))

    def scored(*arguments):
        arguments = ("--dataset=folder", f"--data_dir={tmp_path}", *arguments)
        options = build(DataOptions, given(*arguments))
        source = evaluation_source(options, None, 3, "run", trained_form=trained)
        return source.image_form

    assert scored() == scored("--channels=1") == trained
    other = scored("--channels=1", "--value_range=0,99")
    assert other == data.ImageForm(channels=1, value_range=(0, 99))
    pairs = scored("--channels=3", "--value_range=0,99,-1,1,2,3").value_range
    assert pairs == ((0, 99), (-1, 1), (2, 3))
    assert scored("--channels=3") == data.ImageForm(channels=3)
    with pytest.raises(UserError, match="--percentiles has no effect"):
        scored("--channels=1", "--percentiles=1,99")
