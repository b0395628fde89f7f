"""Tests of trainers/crf_options.py."""

import pytest

from trainers.crf_options import CRFOptions, TrainedCRFOptions, scale_bandwidths
from trainers.errors import UserError

NUMBERS = {"sigma_xy": 40.0, "sigma_color": 13.0, "spatial_sigma_xy": 2.0}


def test_a_number_without_a_crf_is_refused():
    for flag in ("crf_sigma_xy", "crf_iterations", "crf_sigma_scale"):
        with pytest.raises(UserError, match=f"--{flag} needs --crf\\."):
            CRFOptions.of({flag: 3})
    for flag in ("crf_sigma_xy", "crf_training_iterations", "crf_lr_multiplier"):
        with pytest.raises(UserError, match=f"--{flag} needs --crf_as_rnn"):
            TrainedCRFOptions.of({flag: 3})
    assert CRFOptions.of({}).crf is None
    assert TrainedCRFOptions.of({"crf_as_rnn": False}) is None


def test_given_numbers_go_by_the_arguments_of_the_layer():
    given = {"crf": "sec", "crf_iterations": 0, "crf_bilateral_weight": 2.0}
    options = CRFOptions.of(given)
    assert options.given_numbers == {"num_iterations": 0, "bilateral_weight": 2.0}


def test_a_trained_crf_takes_numbers_as_they_are_and_scales_the_others():
    given = {"crf_as_rnn": True, "crf_sigma_xy": 7.0, "crf_iterations": 3}
    whole, half = (TrainedCRFOptions.of(given).arguments(side) for side in (500, 250))
    assert whole["sigma_xy"] == half["sigma_xy"] == 7.0
    assert whole["num_iterations"] == half["num_iterations"] == 3
    assert half["spatial_sigma_xy"] == whole["spatial_sigma_xy"] / 2
    scaled = TrainedCRFOptions.of(given | {"crf_sigma_scale": "0.5"}).arguments(500)
    assert scaled == half


@pytest.mark.parametrize("text", ["big", "0", "-1", "inf", "nan"])
def test_a_scale_is_auto_or_a_number_above_zero(text):
    assert CRFOptions().sigma_scale is None
    assert CRFOptions(crf_sigma_scale="0.25").sigma_scale == 0.25
    with pytest.raises(UserError, match=f"--crf_sigma_scale .* Received: {text}"):
        CRFOptions.of({"crf": "sec", "crf_sigma_scale": text})
    with pytest.raises(UserError, match=f"--crf_sigma_scale .* Received: {text}"):
        TrainedCRFOptions.of({"crf_as_rnn": True, "crf_sigma_scale": text})


def test_bandwidths_of_position_alone_are_scaled():
    half = NUMBERS | {"sigma_xy": 20.0, "spatial_sigma_xy": 1.0}
    assert scale_bandwidths(NUMBERS, 500, 250, None) == half
    assert scale_bandwidths(NUMBERS, 500, None, 0.5) == half
    with pytest.raises(UserError, match="--crf_sigma_scale must be a number where"):
        scale_bandwidths(NUMBERS, 500, None, None)
