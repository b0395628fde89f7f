"""Tests of the options of regularizers: a flag without effect is refused."""

import pytest
import tiny_run

from trainers import full, scribble, semi_supervised, tag, tune
from trainers.methods.regularizer_options import RegularizerOptions
from trainers.methods.scribbles import labelled_recipe
from trainers.options import build


@pytest.mark.parametrize(
    "program, given, named, able",
    [
        (scribble, {"regularizer": "crf", "gamma": 0.1}, "--gamma", "with kernelcut"),
        (scribble, {"regularizer": "crf", "min_share": 1}, "--min_share", "ncut, ker"),
        (scribble, {"regularizer": "ncut", "adm_weight": 2}, "--adm_weight", "adm"),
        (scribble, {"regularizer": "none", "sigma_rgb": 9}, "--sigma_rgb", "ncut, crf"),
        (scribble, {"regularizer": "adm", "equalized": True}, "--equalized", "crf"),
        (full, {"regularizer": "none", "regularizer_weight": 1}, "--regul", "ncut, "),
        (semi_supervised, {"regularizer": "none", "ramp_epochs": 1}, "--ramp", "ramps"),
        (tune, {"regularizer": "crf", "gamma": 0.1}, "--gamma", "with kernelcut"),
        (tag, {"boundary": "none", "sigma_xy": 9}, "--sigma_xy", "--boundary=none"),
        (tag, {"cues": "f.npz", "cam_scale": 1}, "--cam_scale", "without --cues=cam"),
        (tag, {"cues": "f.npz", "classifier_epochs": 1}, "--classifier_epochs", "cam"),
    ],
)
def test_idle_flags_are_refused_in_one_line(program, given, named, able, tmp_path):
    result = tiny_run.call(program, output_dir=tmp_path / "run", **given)
    tiny_run.assert_one_line(result, named, able, "has no effect with")
    assert not (tmp_path / "run").exists()


def test_bandwidths_act_where_the_energy_is_logged_only():
    given = tiny_run.given(
        scribble, "--regularizer=none", "--sigma_xy=9", "--log_crf_energy"
    )
    scribble.check(given)
    recipe = labelled_recipe(build(RegularizerOptions, given), crop_width=96)
    assert recipe.energies["crf_energy"].get_config()["sigma_xy"] == 9.0


def test_defaults_are_never_refused():
    given = tiny_run.given(scribble, "--regularizer=none")
    scribble.check(given)
    assert build(RegularizerOptions, given).gamma == 0.3
