"""Tests of trainers/trained/crf_settings.py."""

import json

import pytest

from tf_rloss.layers import PUBLISHED_CRFS
from trainers.command_line import groups
from trainers.command_line.flags import make_flags, read_given
from trainers.crf_options import CRFOptions
from trainers.errors import UserError
from trainers.trained.crf_settings import crf_settings, make_crf


def settings(name, longer_side=None, sigma_scale="auto", **numbers):
    options = CRFOptions(crf=name, crf_sigma_scale=str(sigma_scale), **numbers)
    return crf_settings(options, longer_side)


def parse(*arguments, longer_side=250):
    flag_values = make_flags(groups.CRF)
    flag_values(["program", *arguments])
    options = CRFOptions.of(read_given(flag_values))
    return crf_settings(options, longer_side)


@pytest.mark.parametrize("name", PUBLISHED_CRFS)
def test_published_settings_are_kept_for_images_of_voc(name):
    expected = {"crf": name, "num_iterations": 10, **PUBLISHED_CRFS[name]}
    assert settings(name, 500) == expected
    assert settings(name, 77, sigma_scale=1.0) == expected


def test_bandwidths_of_position_are_scaled_with_the_image_and_nothing_else():
    half, full = settings("sec", 250), settings("sec", 500)
    changed = {name for name in full if half[name] != full[name]}
    assert changed == {"sigma_xy", "spatial_sigma_xy"}
    assert half["sigma_xy"] == 40.0 and half["spatial_sigma_xy"] == 1.5


def test_flags_override_numbers_as_they_are():
    given = parse(
        "--crf=sec", "--crf_sigma_xy=7", "--crf_iterations=2", "--crf_spatial_weight=0"
    )
    assert given == settings(
        "sec", 250, sigma_xy=7.0, num_iterations=2, spatial_weight=0.0
    )
    assert parse("--crf=sec", "--crf_sigma_scale=0.1") == settings("sec", 50)
    assert parse() is None


def test_settings_survive_a_file_and_make_the_layer():
    kept = json.loads(json.dumps(settings("deeplab_vgg16", 375)))
    config = make_crf(kept).get_config()
    assert kept.pop("crf") == "deeplab_vgg16"
    assert kept == {name: config[name] for name in kept}


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--crf=psp"], "--crf must be one of synthetic, deeplab_largefov"),
        (["--crf_sigma_xy=3"], "--crf_sigma_xy needs --crf"),
        (["--crf=sec", "--crf_sigma_scale=big"], "--crf_sigma_scale .* Received: big"),
        (["--crf=sec", "--crf_sigma_scale=0"], "--crf_sigma_scale"),
    ],
)
def test_wrong_flags_are_the_users_mistake(arguments, message):
    with pytest.raises(UserError, match=message):
        parse(*arguments)


def test_automatic_scale_needs_a_size():
    with pytest.raises(UserError, match="--crf_sigma_scale must be a number"):
        parse("--crf=sec", longer_side=None)
