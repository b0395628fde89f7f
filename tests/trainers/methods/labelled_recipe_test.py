"""Tests of the recipe that trainings on scribbles and on masks share."""

import pytest

from tf_rloss import losses
from trainers.methods.regularizer_options import RegularizerOptions
from trainers.methods.scribbles import labelled_recipe


def test_bandwidth_is_in_proportion_to_the_crop():
    assert RegularizerOptions("crf").resolve(513).sigma_xy == pytest.approx(100.0)
    assert RegularizerOptions("crf").resolve(96).sigma_xy == pytest.approx(
        100 * 96 / 513
    )
    assert RegularizerOptions("crf", sigma_xy=7.0).resolve(96).sigma_xy == 7.0


@pytest.mark.parametrize(
    "name, kind",
    [
        ("ncut", losses.NormalizedCutLoss),
        ("crf", losses.DenseCRFLoss),
        ("kernelcut", losses.KernelCutLoss),
    ],
)
def test_each_regularizer_has_its_loss_and_is_ramped(name, kind):
    recipe = labelled_recipe(
        RegularizerOptions(name, regularizer_weight=0.2, sigma_color=9.0), 96
    )
    assert isinstance(recipe.losses["image"], kind)
    assert recipe.losses["image"].get_config()["sigma_color"] == 9.0
    assert recipe.loss_weights == {"scribble": 1.0, "image": 0.2}
    assert recipe.ramped == ("image",)
    assert recipe.flags["regularizer"] == name


@pytest.mark.parametrize("name", ["ncut", "crf", "kernelcut"])
def test_lattices_are_equalized_when_asked_for(name):
    asked = RegularizerOptions(name, equalized=True, log_crf_energy=True)
    recipe = labelled_recipe(asked, 96)
    assert recipe.losses["image"].get_config()["equalized"] is True
    assert recipe.energies["crf_energy"].get_config()["equalized"] is True
    assert recipe.flags["equalized"] is True
    usual = labelled_recipe(RegularizerOptions(name), 96)
    assert usual.losses["image"].get_config()["equalized"] is False


def test_adm_reads_image_and_scribble_and_has_the_kernel_of_the_crf_loss():
    recipe = labelled_recipe(RegularizerOptions("adm", adm_weight=4.0), 513)
    assert recipe.targets == ("scribble", "scribbled_image")
    assert recipe.ramped == ("scribbled_image",)
    assert recipe.flags["adm_weight"] == 4.0
    options = recipe.losses["scribbled_image"].get_config()
    assert options["bilateral_weight"] == 4.0 and options["spatial_weight"] == 0.0
    crf = labelled_recipe(RegularizerOptions("crf"), 513).losses["image"].get_config()
    for name in ("sigma_xy", "sigma_color"):
        assert options[name] == crf[name]


@pytest.mark.parametrize("name", ["none", "adm", "crf", "kernelcut"])
def test_energy_is_monitored_whatever_is_minimized(name):
    plain = labelled_recipe(RegularizerOptions(name), 513)
    logged = labelled_recipe(RegularizerOptions(name, log_crf_energy=True), 513)
    assert not plain.monitors and logged.losses.keys() == plain.losses.keys()
    assert logged.target("crf_energy") == "image" and "image" in logged.targets
    options = logged.energies["crf_energy"].get_config()
    assert (options["sigma_xy"], options["normalization"]) == (100.0, "affinity")


def test_without_regularizer_there_is_one_term():
    recipe = labelled_recipe(RegularizerOptions("none"), 96, labels="mask")
    assert recipe.targets == ("mask",)
    assert recipe.label_target == "mask"


def test_class_weights_reach_the_cross_entropy():
    recipe = labelled_recipe(
        RegularizerOptions("none"), 96, class_weight=(1.0, 2.0, 2.0)
    )
    assert recipe.losses["scribble"].class_weight == (1.0, 2.0, 2.0)
