"""Tests of what a lab takes from flags, data set and published trainings."""

import pytest
import tiny_run
import toys
from trainers.published import PUBLISHED
from trainers.reproduction.lab import Lab

from trainers import reproduce


def make_lab(tmp_path, *arguments, **options):
    flags = tiny_run.parse(reproduce, "--table=1", *arguments)
    source = toys.make_source()
    return Lab(flags, tmp_path, 0, (source, source), **options)


@pytest.mark.parametrize(
    "dataset, recipe, name",
    [
        ("synthetic", None, "synthetic"),
        ("folder", None, "deeplab_resnet101"),
        ("folder", "deeplab_vgg16", "deeplab_vgg16"),
        ("folder", "deeplab_v3_plus_mobilenet_v2", "deeplab_resnet101"),
    ],
)
def test_post_processing_fits_the_images_and_the_network(
    tmp_path, dataset, recipe, name
):
    lab = make_lab(
        tmp_path, f"--dataset={dataset}", published=recipe and PUBLISHED[recipe]
    )
    assert lab.crf_settings()["crf"] == name


def test_flags_go_before_what_was_chosen_for_the_images(tmp_path):
    chosen = {"kernelcut": {"weight": 7.0, "gamma": 0.02}}
    lab = make_lab(tmp_path, chosen=chosen)
    assert lab.regularizer("kernelcut").weight == 7.0
    assert lab.regularizer("kernelcut").gamma == 0.02
    assert lab.regularizer("crf").weight is None
    assert lab.regularizer("kernelcut", "_clicks").weight is None
    lab = make_lab(tmp_path, "--gamma=0.5", chosen=chosen)
    assert lab.regularizer("kernelcut").weight == 7.0
    assert lab.regularizer("kernelcut").gamma == 0.5


@pytest.mark.parametrize(
    "arguments, weight",
    [([], 3.0), (["--synthetic_camouflage"], 0.3), (["--dataset=folder"], None)],
)
def test_weights_are_those_chosen_for_the_kind_of_images(arguments, weight):
    chosen = reproduce.find_chosen(tiny_run.parse(reproduce, *arguments))
    assert chosen.get("adm", {}).get("weight") == weight
