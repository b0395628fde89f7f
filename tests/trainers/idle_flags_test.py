"""A flag without effect is refused, naming what would make it act."""

import pytest
import tiny_run

from trainers import full, scribble, semi_supervised, tag, tune


@pytest.mark.parametrize(
    "trainer, given, named",
    [
        (scribble, {"regularizer": "crf", "gamma": 0.1}, "--gamma"),
        (scribble, {"regularizer": "crf", "min_share": 0.1}, "--min_share"),
        (scribble, {"regularizer": "ncut", "adm_weight": 2}, "--adm_weight"),
        (scribble, {"regularizer": "none", "sigma_rgb": 9}, "--sigma_rgb"),
        (scribble, {"regularizer": "adm", "equalized": True}, "--equalized"),
        (full, {"regularizer": "none", "regularizer_weight": 1}, "--regularizer_w"),
        (semi_supervised, {"regularizer": "none", "ramp_epochs": 1}, "--ramp_epochs"),
        (tune, {"regularizer": "crf", "gamma": 0.1}, "--gamma"),
        (tag, {"boundary": "none", "sigma_xy": 9}, "--sigma_xy"),
        (tag, {"cues": "file.npz", "cam_scale": 1}, "--cam_scale"),
        (tag, {"cues": "file.npz", "classifier_epochs": 1}, "--classifier_epochs"),
    ],
)
def test_idle_flags_are_refused_in_one_line(trainer, given, named, tmp_path):
    result = tiny_run.call(trainer, output_dir=tmp_path / "run", **given)
    tiny_run.assert_one_line(result, named, "means something with")
    assert not (tmp_path / "run").exists()


def test_bandwidths_act_where_the_energy_is_logged_only():
    given = ["--regularizer=none", "--sigma_xy=9", "--log_crf_energy"]
    values = tiny_run.parse(scribble, *given)
    assert values.sigma_xy == 9.0


def test_defaults_are_never_refused():
    assert tiny_run.parse(scribble, "--regularizer=none").gamma == 0.3
