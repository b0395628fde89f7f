"""How SEC's published training from tags reaches the engine."""

import types

import numpy as np
import pytest
import tiny_run
from recipe_flags import make_networks_narrow

from tf_rloss import data
from trainers import tag
from trainers.engine import run as engine
from trainers.methods import tags
from trainers.methods.published import PUBLISHED_TAGS

SEC = PUBLISHED_TAGS["sec_largefov"]
SMALL = {
    "synthetic_images": 4,
    "synthetic_val_images": 2,
    "synthetic_size": 48,
    "weights": "none",
    "batch_size": 2,
    "steps_per_epoch": 1,
    "segmenter_epochs": 1,
    "tensorboard": False,
}


@pytest.fixture
def cues(tmp_path):
    """A file with cues of two classes in every image."""
    source = data.synthetic("train", num_images=4, size=48)
    cells = np.tile(np.array([[0, 1], [2, 255]], np.uint8), (6, 6))
    cue = data.Cues(np.array([1, 2], np.uint8), cells)
    data.save_cues(tmp_path / "cues.npz", dict.fromkeys(source.ids, cue))
    return tmp_path / "cues.npz"


@pytest.fixture
def groups(monkeypatch):
    """Lists what is made of the variables of each training: path -> multiplier."""
    found = []
    make = engine.OptimizerGroups

    def make_and_list(variables, config, multiplier):
        found.append({variable.path: multiplier(variable) for variable in variables})
        assert found[-1] == {v.path: SEC.lr_multiplier(v) for v in variables}
        return make(variables, config, multiplier)

    monkeypatch.setattr(engine, "OptimizerGroups", make_and_list)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("boundary", ["none", "constrain", "crf"])
def test_layers_learn_as_fast_as_in_sec_whatever_the_third_loss(
    boundary, groups, cues, tmp_path, monkeypatch
):
    """Protects: Table 3 trains with SEC's learning rates.

    The head learns ten times faster, biases twice as fast.
    """
    make_networks_narrow(monkeypatch)
    flags = {"recipe": "sec_largefov", "boundary": boundary, "crop_size": 41}
    result = tiny_run.call(tag, output_dir=tmp_path / "run", cues=cues, **SMALL | flags)
    assert result[0] == 0, result
    (multipliers,) = groups
    assert set(multipliers.values()) == {1.0, 2.0, 10.0, 20.0}


@pytest.mark.slow
def test_so_does_the_classifier_whose_maps_are_the_cues(groups, tmp_path, monkeypatch):
    make_networks_narrow(monkeypatch)
    flags = {"recipe": "sec_largefov", "boundary": "none", "crop_size": 41}
    result = tiny_run.call(
        tag,
        output_dir=tmp_path / "run",
        classifier_epochs=1,
        **SMALL | flags,
    )
    assert result[0] == 0, result
    assert len(groups) == 2


def test_images_are_stretched_to_321_pixels(cues, tmp_path, monkeypatch):
    """Protects: SEC's networks see whole images, resized, also in validation."""
    configs = []

    def run(recipe, config, *sources, **options):
        configs.append(config)
        return types.SimpleNamespace()

    monkeypatch.setattr(tags, "run_engine", run)
    flags = {"recipe": "sec_largefov", "output_dir": str(tmp_path), "cues": str(cues)}
    tags.train(SMALL | {"weights": None} | flags)
    tags.train(SMALL | {"weights": None, "cues": str(cues), "output_dir": "unused"})
    published, usual = configs
    assert published.stretch and published.crop_size == (321, 321)
    assert not usual.stretch
