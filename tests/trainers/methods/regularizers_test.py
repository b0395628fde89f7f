"""Tests of trainers/methods/regularizers.py: everything follows from one table."""

import contextlib
import importlib
import inspect
import json
import sys

import keras
import pytest
import tensorflow as tf
import toys

from tf_rloss import losses, models
from trainers.methods.regularizer_options import RegularizerOptions
from trainers.methods.regularizers import REGULARIZERS
from trainers.methods.scribbles import labelled_recipe, regularizer_loss
from trainers.options import flags_of

OF_KERAS = {"self", "reduction", "name", "dtype", "from_logits"}
"""Arguments that every loss has; the trainers' networks end in a softmax."""
MEAN_FIELD = {
    # Ten, as in all published systems.
    "num_iterations",
    # How kernels are normalized belongs to the definition of the dense CRF.
    "normalization",
    "self_term",
}
LEFT_OUT = {
    # 255 is no label in all of the trainers' data. The spatial kernel has weight 0.
    "adm": MEAN_FIELD | {"ignore_class", "spatial_sigma_xy"},
    # The weights are SEC's, as the loss is; the floor only keeps logarithms finite.
    "constrain": MEAN_FIELD | {"bilateral_weight", "spatial_weight", "floor"},
}
LEFT_OUT["constrain_no_backprop"] = LEFT_OUT["constrain"]
"""Row -> arguments of its loss that no flag sets, on purpose."""

EVERY_OPTION = [
    (name, option, argument)
    for name, row in REGULARIZERS.items()
    for option, argument in row.options.items()
]


def arguments_of(row) -> set[str]:
    """The arguments of a row's loss that are its own."""
    parameters = inspect.signature(getattr(losses, row.loss).__init__).parameters
    return set(parameters) - OF_KERAS


@pytest.mark.parametrize("name", REGULARIZERS)
def test_every_argument_of_a_loss_is_set_by_a_flag_or_left_out_on_purpose(name):
    row = REGULARIZERS[name]
    reached = {*row.options.values(), *row.fixed}
    assert reached <= arguments_of(row)
    assert arguments_of(row) - reached <= LEFT_OUT.get(name, set())
    assert set(row.options) <= set(flags_of(RegularizerOptions))


@pytest.mark.parametrize("name", REGULARIZERS)
def test_every_row_builds_its_loss(name):
    row, options = REGULARIZERS[name], RegularizerOptions(name).resolve(96)
    config = regularizer_loss(options).get_config()
    assert type(regularizer_loss(options)) is getattr(losses, row.loss)
    assert {argument: config[argument] for argument in row.fixed} == row.fixed
    assert config["sigma_xy"] == row.sigma_xy * 96 / row.crop_width
    assert config["sigma_rgb"] == row.sigma_rgb
    recipe = labelled_recipe(RegularizerOptions(name), 96)
    assert recipe.loss_weights == {"scribble": 1.0, row.target: row.weight}
    assert recipe.ramped == (row.target,)


@pytest.mark.parametrize("name, option, argument", EVERY_OPTION)
def test_every_option_of_a_row_reaches_its_loss(name, option, argument):
    field = flags_of(RegularizerOptions)[option]
    usual = getattr(RegularizerOptions(name).resolve(96), option)
    others = field.metadata["choices"] or (not usual,)
    if not isinstance(usual, bool | str):
        others = (0.75, 2) if option != "constrain_stride" else (2,)
    value = next(other for other in others if other != usual)
    # The raw energy needs a weight.
    given = {"regularizer_weight": 1.0, option: value}
    options = RegularizerOptions(name, **given).resolve(96)
    assert regularizer_loss(options).get_config()[argument] == value
    assert options.described[option] == value


class MadeUpLoss(keras.losses.Loss):
    """Mean of all probabilities' squares, times a factor."""

    def __init__(self, sigma_rgb=15.0, factor=1.0):
        super().__init__(name="made_up_loss")
        self.sigma_rgb, self.factor = sigma_rgb, factor

    def call(self, y_true, y_pred):
        return self.factor * tf.reduce_mean(tf.square(y_pred), (1, 2, 3))

    def get_config(self):
        own = {"sigma_rgb": self.sigma_rgb, "factor": self.factor}
        return super().get_config() | own


@contextlib.contextmanager
def imported_anew():
    """Lends a process in which nothing of `trainers` was imported."""

    def ours():
        return [name for name in sys.modules if name.partition(".")[0] == "trainers"]

    kept = {name: sys.modules.pop(name) for name in ours()}
    try:
        yield
    finally:
        for name in ours():
            del sys.modules[name]
        sys.modules.update(kept)


@pytest.fixture
def anew(monkeypatch):
    """A function that imports a module of `trainers`, where the table has a new row."""
    monkeypatch.setattr(losses, "MadeUpLoss", MadeUpLoss, raising=False)
    with imported_anew():
        table = importlib.import_module("trainers.methods.regularizers")
        table.REGULARIZERS["made_up"] = table.Regularizer(
            loss="MadeUpLoss",
            help="squares of probabilities",
            caption="made-up loss",
            title="+ MU",
            options={"sigma_rgb": "sigma_rgb"},
            fixed={"factor": 2.0},
            weight=0.125,
            in_comparison=True,
        )
        yield lambda name: importlib.import_module(f"trainers.{name}")


@pytest.mark.parametrize("program", ["scribble", "full", "semi_supervised", "tune"])
def test_a_new_row_is_a_choice_of_programs(anew, program):
    flag = anew(program).FLAGS["regularizer"]
    assert "made_up" in flag.parser.enum_values
    if program == "tune":
        return
    assert "made_up: squares of probabilities." in flag.help
    assert "0.125 for made_up" in anew(program).FLAGS["regularizer_weight"].help


def test_options_are_refused_that_a_new_row_does_not_have(anew):
    refuse = anew("methods.regularizer_options").refuse_idle
    names = ("made_up",)
    refuse({"sigma_rgb": 3.0, "regularizer_weight": 2.0, "ramp_epochs": 1.0}, names)
    with pytest.raises(anew("errors").UserError, match=r"--gamma .*=made_up; it acts"):
        refuse({"gamma": 0.1}, names)
    with pytest.raises(anew("errors").UserError, match=r"--sigma_rgb .*, made_up\."):
        refuse({"sigma_rgb": 3.0}, ("none",))


def test_a_new_row_has_its_place_in_experiments(anew):
    table, options = anew("paper.comparison_table"), anew("paper.options")
    assert table.CAPTIONS["made_up"] == "pCE + made-up loss"
    assert table.TITLES["made_up"] == "+ MU"
    assert options.CompareOptions().methods[-2:] == ("made_up", "full")
    assert "made_up" in anew("compare").FLAGS["methods"].help
    chosen = {"made_up": {"regularizer_weight": 3.0}}
    anew("paper.chosen_settings").check_settings(chosen, "chosen.json")
    run = anew("paper.trainings").regularized(
        "made_up", anew("paper.study").Setting({}, chosen)
    )
    given = {"gamma": 0.1, "sigma_rgb": 9.0} | dict(run.flags)
    taken = anew("paper.programs").PROGRAMS["scribble"].takes(given)
    expected = {"sigma_rgb": 9.0, "regularizer": "made_up", "regularizer_weight": 3.0}
    assert taken == expected


def test_a_new_row_is_trained_with(anew, monkeypatch, tmp_path):
    monkeypatch.setattr(
        models, "build", lambda name, classes, weights: toys.build_segmenter(classes)
    )
    given = {
        "regularizer": "made_up",
        "sigma_rgb": 9.0,
        "output_dir": str(tmp_path),
        "synthetic_images": 4,
        "synthetic_val_images": 2,
        "synthetic_size": 32,
        "batch_size": 4,
        "phase1_epochs": 1,
        "phase2_epochs": 1,
        "tensorboard": False,
    }
    result = anew("methods.scribbles").train(given)
    assert result.metrics["finished"] and result.metrics["steps"] == 1
    # Squares of four probabilities have a mean of 1/16 to 1/4, times the factor.
    assert 2 / 16 <= result.history[0]["image"] <= 2 / 4
    flags = json.loads((tmp_path / "config.json").read_text())["flags"]
    loss = flags["loss of 'image'"]
    assert (loss["class"], loss["weight"]) == ("MadeUpLoss", 0.125)
    assert (loss["sigma_rgb"], loss["factor"]) == (9.0, 2.0)
    assert (flags["--regularizer"], flags["--sigma_rgb"]) == ("made_up", 9.0)
    assert "--gamma" not in flags
