"""Grey slices of 16 bits and TIFF files of four bands, from training to prediction."""

import json

import numpy as np
import pytest
import tifffile
from PIL import Image

from tests.trainers.tiny_run import assert_one_line, call, write_run
from tf_rloss import data, evaluation
from tf_rloss.export import load_exported
from trainers import check, evaluate, export, full, predict, scribble

SIZE = 48
NETWORK = """
import keras

def build(num_classes, channels=3):
    image = keras.Input((None, None, channels))
    x = keras.layers.Rescaling(1 / 127.5, -1.0)(image)
    x = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    probs = keras.layers.Conv2D(num_classes, 1, activation="softmax")(x)
    return keras.Model(image, probs, name="bands")
"""
SCHEDULE = {"phase1_epochs": 1, "phase2_epochs": 1, "batch_size": 2, "crop_size": SIZE}


def write_hearts(root, count=4):
    """Short-axis slices like those of ACDC: a bright cavity in a ring of muscle.

    Values are those of a scanner: 16 bits, of which the tissue uses a small part.
    """
    for kind in ("images", "scribbles", "labels"):
        (root / kind).mkdir(parents=True)
    y, x = np.mgrid[:SIZE, :SIZE]
    for number in range(count):
        rng = np.random.default_rng(number)
        row, column = rng.uniform(20, 28, 2)
        distance = np.hypot(y - row, x - column)
        mask = np.select([distance < 7, distance < 12], [2, 1], 0).astype(np.uint8)
        shade = np.array([120, 300, 700])[mask] + 2 * x + rng.normal(0, 12, mask.shape)
        scribble = np.full(mask.shape, 255, np.uint8)
        scribble[int(row), int(column) - 3 : int(column) + 3] = 2
        ring = (np.abs(distance - 9.5) < 1) & (x > column)
        scribble[ring] = 1
        scribble[2, 4:40] = 0
        name = f"{number}.png"
        Image.fromarray(shade.astype(np.uint16)).save(root / "images" / name)
        Image.fromarray(mask).save(root / "labels" / name)
        Image.fromarray(scribble).save(root / "scribbles" / name)
    return root


def write_fields(root, count=4):
    """Fields that only the fourth band, near infrared, tells from bare soil."""
    for kind in ("images", "labels"):
        (root / kind).mkdir(parents=True)
    for number in range(count):
        rng = np.random.default_rng(number)
        mask = np.zeros((SIZE, SIZE), np.uint8)
        top, left = rng.integers(2, 20, 2)
        mask[top : top + 24, left : left + 20] = 1
        bands = rng.normal(900, 60, (SIZE, SIZE, 4))
        bands[..., 3] += 1500.0 * mask
        tifffile.imwrite(
            root / "images" / f"{number}.tif",
            bands.astype(np.uint16),
            photometric="minisblack",
            planarconfig="contig",
        )
        Image.fromarray(mask).save(root / "labels" / f"{number}.png")
    return root


def run(program, **flags):
    result = call(program, **flags)
    assert result[0] == 0, result
    return result[1]


def read_json(path):
    return json.loads(path.read_text())


def test_grey_slices_of_16_bits_train_from_scribbles(tmp_path):
    folder = write_hearts(tmp_path / "data")
    images = {"dataset": "folder", "data_dir": folder}
    form = {"channels": 1, "percentiles": "1,99"}
    held_out = {"val_fraction": 0.5}
    run(
        scribble,
        output_dir=tmp_path / "run",
        regularizer="kernelcut",
        **SCHEDULE,
        **images,
        **form,
        **held_out,
    )
    config = read_json(tmp_path / "run" / "config.json")
    stored = config["data"]["training image form"]
    (pair,) = stored["value_range"]
    # Tissue lies between 100 and 900 of 65535.
    assert stored["channels"] == 1 and 50 < pair[0] < 250 and 600 < pair[1] < 900
    last = read_json(tmp_path / "run" / "metrics.json")["last"]
    # Scores use the stored range, although it follows from no flag here.
    run(
        evaluate,
        checkpoint=tmp_path / "run",
        output_dir=tmp_path / "scores",
        **images,
        **held_out,
    )
    scores = read_json(tmp_path / "scores" / "metrics.json")
    assert scores["mean_iou"] == pytest.approx(last["mean_iou"], abs=1e-9)
    result = call(
        evaluate,
        checkpoint=tmp_path / "run",
        output_dir=tmp_path / "other",
        **images,
        **form,
    )
    assert_one_line(result, "--percentiles has no effect", "stored with it")
    (worst,) = (tmp_path / "scores").glob("worst.png")
    assert np.asarray(Image.open(worst)).std() > 10

    run(export, checkpoint=tmp_path / "run", output_dir=tmp_path / "model")
    model = load_exported(tmp_path / "model")
    assert set(model.signatures) == {"serving_default"}
    assert model.card["image_form"] == stored
    usage = (tmp_path / "model" / "model_card.md").read_text()
    assert "float32 (B, H, W, 1)" in usage
    run(
        predict,
        saved_model=tmp_path / "model",
        input_dir=folder / "images",
        output_dir=tmp_path / "out",
    )
    image = data.ImageForm.of(stored).read(folder / "images" / "0.png")
    expected = evaluation.make_predict(model)(image, image.shape[:2]).argmax(-1)
    mask = np.asarray(Image.open(tmp_path / "out" / "masks" / "0.png"))
    np.testing.assert_array_equal(mask, expected)
    overlay = np.asarray(Image.open(tmp_path / "out" / "overlays" / "0.jpg"))
    assert overlay.shape == (SIZE, SIZE, 3)


def test_four_bands_train_a_network_of_the_user(tmp_path, monkeypatch):
    folder = write_fields(tmp_path / "data")
    (tmp_path / "bands_network.py").write_text(NETWORK)
    monkeypatch.chdir(tmp_path)
    images = {"dataset": "folder", "data_dir": folder, "val_fraction": 0.25}
    form = {"channels": 4, "value_range": "0,3000", "rgb_channels": "3,1,0"}
    schedule = SCHEDULE | {"phase1_epochs": 20, "phase2_epochs": 0}
    run(
        full,
        output_dir=tmp_path / "run",
        model="bands_network:build",
        phase1_learning_rate=0.02,
        phase1_final_learning_rate=0.02,
        ema_decay=0,
        **schedule,
        **images,
        **form,
    )
    last = read_json(tmp_path / "run" / "metrics.json")["last"]
    assert last["mean_iou"] > 0.9  # as the fourth band tells the classes apart
    stored = read_json(tmp_path / "run" / "config.json")["data"]["training image form"]
    assert stored["rgb_channels"] == [3, 1, 0]
    run(
        evaluate,
        checkpoint=tmp_path / "run",
        output_dir=tmp_path / "scores",
        **images,
    )
    scores = read_json(tmp_path / "scores" / "metrics.json")
    assert scores["mean_iou"] == pytest.approx(last["mean_iou"], abs=1e-9)
    picture = np.asarray(Image.open(tmp_path / "scores" / "best.png"))
    # The near infrared is shown as red.
    red, _, blue = (int(np.count_nonzero(picture[..., i] > 180)) for i in range(3))
    assert red > blue


def test_the_check_reads_bands_and_shows_them(tmp_path):
    folder = write_fields(tmp_path / "data")
    flags = {"data_dir": folder, "output_dir": tmp_path / "out", "channels": 4}
    assert "images: 4" in run(check, **flags, percentiles="1,99")
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count('<img class="photo"') == 4
    result = call(check, **flags | {"channels": 2})
    assert_one_line(result, "4 faults have to be mended")
    assert "has 4 channels, and images must have 2" in result[1]


@pytest.mark.parametrize(
    "flags, message",
    [
        ({"value_range": "0,9"}, "--value_range needs --channels"),
        ({"rgb_channels": "0,1,2"}, "--rgb_channels needs --channels"),
        ({"channels": 1, "value_range": "9,0"}, "the smaller first"),
        (
            {"channels": 1, "value_range": "0,9", "percentiles": "1,99"},
            "--percentiles takes the place of --value_range",
        ),
        ({"channels": 1, "percentiles": "1,101"}, "two numbers from 0 to 100"),
        ({"channels": 1, "percentiles": "99,1"}, "the smaller first"),
        ({"channels": 1, "value_range": "9"}, "two numbers separated by a comma"),
        ({"channels": 1, "value_range": "0,9,0"}, "or such a pair for each channel"),
        ({"channels": 1, "value_range": "0,9,0,9"}, "two for each of 1 channels"),
        ({"channels": 1, "value_range": "0,inf"}, "two numbers separated by a comma"),
        ({"channels": 1, "rgb_channels": "0,1,2"}, "three of the channels 0 to 0"),
    ],
)
def test_flags_that_do_not_fit_are_refused(tmp_path, flags, message):
    folder = write_hearts(tmp_path / "data")
    result = call(check, data_dir=folder, output_dir=tmp_path / "out", **flags)
    assert_one_line(result, message)


def test_a_network_of_other_channels_is_refused(tmp_path):
    folder = write_fields(tmp_path / "data")
    write_run(tmp_path / "run", ("soil", "field"))
    result = call(
        evaluate,
        checkpoint=tmp_path / "run",
        output_dir=tmp_path / "scores",
        dataset="folder",
        data_dir=folder,
        channels=4,
    )
    assert_one_line(result, "takes images with 3 channels, and these have 4")
