"""Tests of trainers/predict.py."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.trainers.tiny_run import (
    CLASS_NAMES,
    assert_one_line,
    call,
    random_image,
    tiny_segmenter,
    write_run,
)
from tf_rloss.export import load_exported, save
from tf_rloss.labels import voc_palette
from tf_rloss.visualization import label_image
from trainers import export, predict
from trainers.crf_options import CRFOptions
from trainers.trained.crf_settings import crf_settings, make_crf
from trainers.trained.photographs import labels_at, reduce_to

PALETTE = voc_palette(3)


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "model"
    return save(
        tiny_segmenter(), folder, class_names=CLASS_NAMES, palette=PALETTE, card={}
    )


def _predict(model_folder, tmp_path, **flags):
    return call(
        predict,
        saved_model=model_folder,
        input_dir=tmp_path / "photos",
        output_dir=tmp_path / "out",
        **flags,
    )


def _save_photo(tmp_path, name, array, **options):
    (tmp_path / "photos").mkdir(exist_ok=True)
    Image.fromarray(array).save(tmp_path / "photos" / name, **options)


def test_folder_of_photographs_gets_masks_and_overlays(model_folder, tmp_path):
    images = {"a.png": random_image(20, 31), "b.bmp": random_image(40, 17, 1)}
    for name, image in images.items():
        _save_photo(tmp_path, name, image)
    _save_photo(tmp_path, "c.jpg", random_image(16, 16, 2))
    (tmp_path / "photos" / ".DS_Store").write_text("hidden")
    result = _predict(model_folder, tmp_path)
    assert result[0] == 0, result
    assert "3 images labelled in" in result[1]
    model = load_exported(model_folder)
    for name, image in images.items():
        mask = Image.open(tmp_path / "out" / "masks" / f"{name[0]}.png")
        assert mask.mode == "P"
        np.testing.assert_array_equal(np.asarray(mask), model.label_map(image))
        colours = label_image(np.asarray(mask), PALETTE)
        np.testing.assert_array_equal(np.asarray(mask.convert("RGB")), colours)
        overlay = Image.open(tmp_path / "out" / "overlays" / f"{name[0]}.jpg")
        assert overlay.size == mask.size
    assert len(list((tmp_path / "out" / "masks").iterdir())) == 3


def test_files_that_are_no_images_are_named_and_the_rest_is_labelled(
    model_folder, tmp_path
):
    _save_photo(tmp_path, "good.png", random_image(8, 8))
    _save_photo(tmp_path, "cut.png", random_image(64, 64))
    cut = tmp_path / "photos" / "cut.png"
    cut.write_bytes(cut.read_bytes()[:500])
    _save_photo(tmp_path, "deep.png", np.zeros((8, 8), np.uint16))
    (tmp_path / "photos" / "notes.txt").write_text("not a picture")
    (tmp_path / "photos" / "red\x1b[31m.png").write_text("not a picture")
    (tmp_path / "photos" / "link.png").symlink_to("nowhere.png")
    (tmp_path / "photos" / "loop.png").symlink_to("loop.png")
    result = _predict(model_folder, tmp_path)
    assert_one_line(
        result,
        "6 of 7 files could not be read",
        "link.png (No such file or directory)",
        "loop.png (Too many levels of symbolic links)",
        "notes.txt (not an image)",
        r"red\x1b[31m.png (not an image)",
        "cut.png (",
        "deep.png (more than 8 bits a channel)",
    )
    masks = [path.name for path in (tmp_path / "out" / "masks").iterdir()]
    assert masks == ["good.png"]


def test_large_photograph_is_reduced_for_the_network_only(model_folder, tmp_path):
    image = random_image(90, 200)
    _save_photo(tmp_path, "large.png", image)
    assert _predict(model_folder, tmp_path, max_side=50)[0] == 0
    mask = np.asarray(Image.open(tmp_path / "out" / "masks" / "large.png"))
    assert mask.shape == (90, 200)
    reduced = reduce_to(image, 50)
    assert reduced.shape == (22, 50, 3)
    probs = load_exported(model_folder)(reduced[None])[0].numpy()
    np.testing.assert_array_equal(mask, labels_at(probs, (90, 200)))


@pytest.mark.parametrize("exported", [False, True])
def test_photographs_are_resized_by_the_scale_of_the_run(exported, tmp_path):
    """Protects: a network of halved images was given whole ones."""
    segmenter = write_run(tmp_path / "run", **{"training image scale": 0.5})
    model = tmp_path / "run"
    if exported:
        model = tmp_path / "model"
        result = call(export, checkpoint=tmp_path / "run", output_dir=model)
        assert result[0] == 0, result
    # The reduction to `max_side` has to leave 60 pixels of the network's.
    image = random_image(90, 120)
    _save_photo(tmp_path, "a.png", image)
    assert _predict(model, tmp_path, max_side=60)[0] == 0
    mask = np.asarray(Image.open(tmp_path / "out" / "masks" / "a.png"))
    halved = tf.image.resize(image[None].astype(np.float32), (45, 60), antialias=True)
    probs = tf.image.resize(segmenter(halved, training=False), (90, 120))[0].numpy()
    np.testing.assert_array_equal(mask, labels_at(probs, (90, 120)))


def test_crf_refines_what_the_network_saw(model_folder, tmp_path):
    image = random_image(40, 60)
    _save_photo(tmp_path, "a.png", image)
    result = _predict(model_folder, tmp_path, max_side=30, crf="sec", crf_sigma_rgb=60)
    assert result[0] == 0, result
    mask = np.asarray(Image.open(tmp_path / "out" / "masks" / "a.png"))
    reduced = reduce_to(image, 30)[None]
    probs = load_exported(model_folder)(reduced)
    refined = make_crf(crf_settings(CRFOptions(crf="sec", sigma_rgb=60.0), 30))(
        probs, reduced
    )
    expected = labels_at(refined[0].numpy(), (40, 60))
    np.testing.assert_array_equal(mask, expected)
    assert (mask != labels_at(probs[0].numpy(), (40, 60))).any()


def test_files_that_would_share_a_mask_are_named(model_folder, tmp_path):
    _save_photo(tmp_path, "a.png", random_image(4, 4))
    _save_photo(tmp_path, "a.jpg", random_image(4, 4))
    assert_one_line(_predict(model_folder, tmp_path), "a.jpg and a.png", "Rename one")
    assert not (tmp_path / "out").exists()


def test_empty_folder_is_named(model_folder, tmp_path):
    (tmp_path / "photos").mkdir()
    assert_one_line(_predict(model_folder, tmp_path), "No files in")


@pytest.mark.parametrize(
    "flags, message",
    [
        ({"input_dir": "."}, "--saved_model"),
        (
            {"saved_model": "nowhere", "input_dir": "{photos}"},
            "Not found: nowhere",
        ),
        ({"saved_model": "nowhere", "input_dir": "nothere"}, "nothere"),
        ({"saved_model": "x", "input_dir": ".", "max_side": "0"}, "max_side"),
        ({"saved_model": "x", "input_dir": ".", "alpha": "2"}, "alpha"),
        ({"saved_model": "x", "input_dir": "{photos}", "crf": "psp"}, "--crf must be"),
    ],
)
def test_wrong_command_gets_one_line(tmp_path, flags, message):
    _save_photo(tmp_path, "a.png", random_image(4, 4))
    flags = {k: v.format(photos=tmp_path / "photos") for k, v in flags.items()}
    assert_one_line(call(predict, **flags), message)


def test_parts_of_an_array_of_jobs_label_each_photograph_once(model_folder, tmp_path):
    images = {f"{name}.png": random_image(9, 12, n) for n, name in enumerate("abcde")}
    for name, image in images.items():
        _save_photo(tmp_path, name, image)
    whole = _predict(model_folder, tmp_path)
    assert whole[0] == 0, whole
    (tmp_path / "out").rename(tmp_path / "whole")
    for number, count in ((2, 3), (1, 3), (3, 3)):
        before = set((tmp_path / "out").glob("masks/*"))
        result = _predict(model_folder, tmp_path, shard=f"{number}/{count}")
        assert result[0] == 0, result
        added = set((tmp_path / "out").glob("masks/*")) - before
        assert len(added) == (1 if number == 3 else 2)
    for kind in ("masks", "overlays"):
        names = sorted(path.name for path in (tmp_path / "whole" / kind).iterdir())
        assert names == sorted(p.name for p in (tmp_path / "out" / kind).iterdir())
        for name in names:
            one, other = (
                (tmp_path / folder / kind / name).read_bytes()
                for folder in ("whole", "out")
            )
            assert one == other


def test_a_shard_of_predict_is_checked_at_the_door(model_folder, tmp_path):
    _save_photo(tmp_path, "a.png", random_image(9, 12))
    assert_one_line(
        _predict(model_folder, tmp_path, shard="5/3"), "--shard must be NUMBER/COUNT"
    )
    assert_one_line(
        _predict(model_folder, tmp_path, shard="1/2"), "makes 2 parts of 1 images"
    )
