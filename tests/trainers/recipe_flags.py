"""Flags of the published trainings, and their networks made narrow."""

from tests.models.tiny_resnet import use_tiny_resnet
from tests.trainers import tiny_run
from tf_rloss import models
from trainers import scribble
from trainers.engine.config import RunConfig
from trainers.methods.published import PUBLISHED, find_published, published_options
from trainers.methods.regularizer_options import RegularizerOptions
from trainers.methods.scribbles import labelled_recipe
from trainers.options import build

VGG_NETWORKS = {
    "deeplab_largefov": models.DeepLabLargeFOV,
    "deeplab_msc_largefov": models.DeepLabMScLargeFOV,
    "deeplab_vgg16": models.DeepLabVGG16,
}


SMALL = (
    "--synthetic_images=8",
    "--synthetic_val_images=2",
    "--synthetic_size=32",
    "--crop_size=33",
    "--batch_size=4",
    "--steps_per_epoch=2",
    "--phase2_epochs=1",
    "--notensorboard",
)
"""A run of a few steps."""


def make_networks_narrow(monkeypatch):
    """Patches `models.build`; returns what it is then."""
    use_tiny_resnet(monkeypatch)
    usual = models.build

    def build(name, num_classes, weights=None):
        if name in VGG_NETWORKS:
            return VGG_NETWORKS[name](num_classes, width=2, weights=weights)
        return usual(name, num_classes, weights)

    monkeypatch.setattr(models, "build", build)
    return build


def parse(*arguments):
    """Returns what a command line of `scribble` gives."""
    return tiny_run.given(scribble, *arguments)


def make_config(given, phase):
    """Returns the config of a phase, as the trainers lay it over a recipe."""
    published = find_published(given)
    return RunConfig.layered(given, phase, published.layer(phase), output_dir="out")


def config(recipe, phase, *arguments):
    """Returns the config of a recipe's phase, with weights and flags given."""
    given = parse(f"--recipe={recipe}", "--weights=file.keras", *arguments)
    return make_config(given, phase)


def published_recipe(name, crop_width, labels="scribble", **given):
    """Returns the losses of a published training with flags about its regularizer."""
    published = PUBLISHED[name]
    layer = published_options(published, given)
    options = build(RegularizerOptions, layer, given)
    return labelled_recipe(options, crop_width, published, labels)
