"""Tests of trainers/crf_settings.py and crf_search.py."""

import json

import numpy as np
import pytest
from absl import flags
from trainers.crf_search import candidates, choose_crf
from trainers.crf_settings import (
    crf_settings,
    define_crf,
    make_crf,
    settings_from_flags,
)

from tf_rloss.layers import PUBLISHED_CRFS, CRFAsRNN
from trainers.defaults import CRF_AS_RNN
from trainers.errors import UserError


def parse(*arguments, longer_side=250):
    values = flags.FlagValues()
    define_crf(values)
    values(["program", *arguments])
    return settings_from_flags(values, longer_side)


@pytest.mark.parametrize("name", PUBLISHED_CRFS)
def test_published_settings_are_kept_for_images_of_voc(name):
    expected = {"crf": name, "num_iterations": 10, **PUBLISHED_CRFS[name]}
    assert crf_settings(name, 500) == expected
    assert crf_settings(name, 77, sigma_scale=1.0) == expected


def test_a_trained_crf_starts_as_the_layer_does():
    config = CRFAsRNN().get_config()
    assert {name: config[name] for name in CRF_AS_RNN} == CRF_AS_RNN


def test_bandwidths_of_position_are_scaled_with_the_image_and_nothing_else():
    half, full = crf_settings("sec", 250), crf_settings("sec", 500)
    changed = {name for name in full if half[name] != full[name]}
    assert changed == {"sigma_xy", "spatial_sigma_xy"}
    assert half["sigma_xy"] == 40.0 and half["spatial_sigma_xy"] == 1.5


def test_flags_override_numbers_as_they_are():
    settings = parse(
        "--crf=sec", "--crf_sigma_xy=7", "--crf_iterations=2", "--crf_spatial_weight=0"
    )
    assert settings == crf_settings(
        "sec", 250, sigma_xy=7.0, num_iterations=2, spatial_weight=0.0
    )
    assert parse("--crf=sec", "--crf_sigma_scale=0.1") == crf_settings("sec", 50)
    assert parse() is None


def test_settings_survive_a_file_and_make_the_layer():
    settings = json.loads(json.dumps(crf_settings("deeplab_vgg16", 375)))
    config = make_crf(settings).get_config()
    assert settings.pop("crf") == "deeplab_vgg16"
    assert settings == {name: config[name] for name in settings}


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


def test_search_finds_the_only_setting_that_helps():
    rng = np.random.default_rng(0)
    mask = np.zeros((16, 16), np.uint8)
    mask[4:12, 4:12] = 1
    image = np.where(mask[..., None] == 1, 200, 50) + rng.normal(0, 3, (16, 16, 3))
    right = np.eye(2, dtype=np.float32)[mask]
    noisy = np.where(rng.random((16, 16, 1)) < 0.2, 1 - right, right) * 0.2 + 0.4
    usual = crf_settings("sec", 16)
    grid = candidates(usual, bilateral_weight=(0.0, 5.0), spatial_weight=(0.0,))
    assert [setting["bilateral_weight"] for setting in grid] == [0.0, 5.0]
    probabilities, images = [noisy.astype(np.float32)], [image.astype(np.float32)]
    best, ranking = choose_crf(probabilities, images, [mask], grid)
    assert best == grid[1]
    assert [settings for _, settings in ranking] == [grid[1], grid[0]]
    # Weights of 0 change nothing, so the second score is that of the noise.
    hit = [((noisy.argmax(-1) == k) & (mask == k)).sum() for k in (0, 1)]
    union = [((noisy.argmax(-1) == k) | (mask == k)).sum() for k in (0, 1)]
    assert ranking[1][0] == pytest.approx(np.mean(np.divide(hit, union)))
    assert ranking[0][0] > ranking[1][0] + 0.1
    with pytest.raises(ValueError, match="`grid`"):
        choose_crf(probabilities, images, [mask], [])
