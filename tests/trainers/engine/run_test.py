"""Tests of trainers/engine/run.py."""

import dataclasses
import importlib.util
import json

import keras
import numpy as np
import pytest
import tensorflow as tf
import toys

from tf_rloss import losses
from trainers.engine.recipe import Recipe
from trainers.engine.run import run
from trainers.errors import TrainingError, UserError


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run with everything on."""
    folder = tmp_path_factory.mktemp("run")
    config = toys.make_config(folder, epochs=12, tensorboard=True)
    source = toys.make_source(16)
    result = run(toys.make_recipe(), config, source, toys.make_source(4))
    return folder, config, source, result


def test_training_lowers_the_loss_and_raises_the_score(trained):
    history = trained[3].history
    assert history[-1]["scribble"] < history[0]["scribble"]
    assert history[-1]["val_miou"] > 0.5
    assert history[-1]["scribble_miou"] > history[0]["scribble_miou"]


def test_a_run_leaves_the_documented_files(trained):
    folder, _, _, result = trained
    left = {path.name for path in folder.iterdir()}
    assert left == {
        "best.keras",
        "checkpoints",
        "config.json",
        "history.csv",
        "last.keras",
        "lock",
        "metrics.json",
        "pictures",
        "report.html",
        *(["tensorboard"] if importlib.util.find_spec("tensorboard") else []),
    }
    assert {path.name for path in (folder / "pictures").iterdir()} == {
        "confusion.png",
        "curves.png",
        "predictions.png",
    }
    assert result.metrics["finished"]
    assert result.metrics["steps"] == 48


def test_saved_weights_are_the_average_and_give_the_reported_score(trained):
    folder, _, _, result = trained
    segmenter = keras.models.load_model(folder / "best.keras", compile=False)
    confusion = np.zeros((toys.NUM_CLASSES,) * 2)
    source = toys.make_source(4)
    for name in source.ids:
        example = source.read(name)
        image = example.image[None].astype(np.float32)
        labels = segmenter(image).numpy()[0].argmax(-1)
        np.add.at(confusion, (example.mask, labels), 1)
    hit = np.diag(confusion)
    iou = hit / (confusion.sum(0) + confusion.sum(1) - hit)
    # Both count the same pixels; a rounding difference may move a few of 1024.
    assert abs(iou.mean() - result.metrics["best"]["mean_iou"]) < 0.01


def test_a_finished_run_is_reported_at_once(trained, capsys, monkeypatch):
    _, config, source, result = trained
    monkeypatch.setattr(
        "trainers.engine.run.Training", None
    )  # Training again would fail.
    again = run(toys.make_recipe(), config, source, toys.make_source(4))
    assert again == result
    assert "finished already" in capsys.readouterr().out


def test_another_setting_for_the_same_folder_is_named(trained):
    _, config, source, _ = trained
    val = toys.make_source(4)
    changed = dataclasses.replace(config, learning_rate=0.5)
    with pytest.raises(UserError, match=r"--learning_rate is 0.5, but .* with 0\.02"):
        run(toys.make_recipe(), changed, source, val)
    changed = dataclasses.replace(config, epochs=9)
    with pytest.raises(UserError, match="--epochs is 9"):
        run(toys.make_recipe(), changed, source, val)
    with pytest.raises(UserError, match="training number of images"):
        run(toys.make_recipe(), config, toys.make_source(8), val)
    with pytest.raises(UserError, match="loss of 'image'"):
        run(toys.make_recipe(regularized=False), config, source, val)


def test_where_a_run_may_be_continued_differently_it_is(trained):
    _, config, source, result = trained
    changed = dataclasses.replace(config, checkpoint_every=1, strategy="mirrored")
    again = run(toys.make_recipe(), changed, source, toys.make_source(4))
    assert again.metrics == result.metrics


def test_training_without_validation_skips_it(tmp_path):
    source = toys.make_source(masks=False)
    config = toys.make_config(tmp_path, epochs=1)
    result = run(toys.make_recipe(False), config, source)
    assert result.metrics["last"] is None
    assert result.best == result.last
    assert result.last.exists()
    assert not (tmp_path / "best.keras").exists()


def test_same_seed_gives_the_same_weights_and_another_does_not(tmp_path):
    source = toys.make_source()
    digests = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        config = toys.make_config(tmp_path / name, epochs=1, seed=seed)
        digests.append(toys.digest(run(toys.make_recipe(), config, source).last))
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.slow
def test_two_replicas_take_the_steps_of_one_device(tmp_path):
    recipe = toys.make_recipe(build_segmenter=toys.build_without_randomness)
    source = toys.make_source()
    runs = {}
    for strategy in ("one_device", "mirrored"):
        config = toys.make_config(
            tmp_path / strategy, epochs=6, steps_per_epoch=1, strategy=strategy
        )
        runs[strategy] = run(recipe, config, source)
    for term in ("loss", "scribble", "image"):
        one, two = (toys.column(tmp_path / name, term) for name in runs)
        # Sums are taken in another order; six steps of Adam keep this small.
        np.testing.assert_allclose(two, one, atol=1e-5)
    one, two = (toys.weights_of(result.last) for result in runs.values())
    for a, b in zip(one, two, strict=True):
        np.testing.assert_allclose(b, a, atol=1e-3)


def test_batches_must_divide_among_replicas(tmp_path):
    config = toys.make_config(tmp_path, batch_size=3, strategy="mirrored")
    with pytest.raises(UserError, match="divisible by the number of devices, 2"):
        run(toys.make_recipe(), config, toys.make_source())


def test_starting_from_another_run_continues_from_its_average(tmp_path, trained):
    folder = trained[0]
    config = toys.make_config(
        tmp_path, init_from=str(folder), epochs=1, schedule="step", learning_rate=1e-12
    )
    recipe = toys.make_recipe(False)
    result = run(recipe, config, toys.make_source())
    before, after = (toys.weights_of(f) for f in (folder / "last.keras", result.last))
    # At this learning rate only the statistics of batch normalization move.
    for a, b in list(zip(before, after, strict=True))[:3]:
        np.testing.assert_allclose(b, a, atol=1e-6)


def test_weights_that_do_not_fit_are_refused(tmp_path, trained):
    missing = toys.make_config(tmp_path / "a", init_from=str(tmp_path / "none.keras"))
    with pytest.raises(UserError, match=r"Not found: .*none\.keras"):
        run(toys.make_recipe(), missing, toys.make_source())
    source = dataclasses.replace(
        toys.make_source(), class_names=("a", "b"), palette=np.zeros((2, 3), np.uint8)
    )
    unfit = toys.make_config(tmp_path / "b", init_from=str(trained[0]))
    with pytest.raises(UserError, match="does not fit the segmenter"):
        run(toys.make_recipe(), unfit, source)


class BreaksAtThirdStep(keras.losses.Loss):
    """Finite until it was evaluated twice."""

    def __init__(self):
        super().__init__()
        self.calls = tf.Variable(0.0)

    def call(self, y_true, y_pred):
        calls = self.calls.assign_add(1.0)
        factor = tf.where(calls < 3.0, 0.0, np.nan)
        return tf.reduce_mean(y_pred, (1, 2, 3)) * factor


def test_a_loss_that_becomes_nan_stops_the_run_and_keeps_the_checkpoint(tmp_path):
    recipe = Recipe(
        {"scribble": losses.PartialCrossentropy(), "image": BreaksAtThirdStep()},
        {"scribble": 1.0, "image": 1.0},
        build_segmenter=toys.build_segmenter,
    )
    config = toys.make_config(tmp_path, epochs=4, steps_per_epoch=2)
    with pytest.raises(TrainingError, match=r"'image' loss became .* at step 3"):
        run(recipe, config, toys.make_source())
    checkpoint = tf.train.latest_checkpoint(str(tmp_path / "checkpoints"))
    assert checkpoint.endswith("ckpt-2")
    assert np.isfinite(np.concatenate([w.ravel() for w in toys.weights_of(
        tmp_path / "last.keras")])).all()  # fmt: skip


def test_frozen_variables_do_not_move(tmp_path):
    def multiplier(variable):
        return 0.0 if variable.path.startswith("conv") else 1.0

    source = toys.make_source()
    recipe = toys.make_recipe(False, lr_multiplier=multiplier)
    config = toys.make_config(tmp_path, epochs=1)
    keras.utils.set_random_seed(config.seed)
    initial = toys.build_segmenter(toys.NUM_CLASSES).get_weights()
    final = toys.weights_of(run(recipe, config, source).last)
    np.testing.assert_array_equal(final[0], initial[0])
    assert not np.array_equal(final[-2], initial[-2])


def test_config_json_holds_flags_and_data(trained):
    described = json.loads((trained[0] / "config.json").read_text())
    assert described["flags"]["--steps_per_epoch"] == 4
    assert described["flags"]["loss of 'image'"]["class"] == "DenseCRFLoss"
    assert described["data"]["training number of images"] == 16
