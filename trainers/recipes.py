"""The recipes that trainers share, and the regularizers they are made of."""

import dataclasses
from typing import Any

import keras
from absl import flags

from tf_rloss import losses, models

from .defaults import (
    ADM_WEIGHT,
    CROP_OF_PAPER,
    GAMMA,
    MIN_SHARE,
    REGULARIZER_WEIGHTS,
    REGULARIZERS,
    SIGMA_RGB,
    SIGMA_XY_OF_PAPER,
)
from .published import Published
from .recipe import Recipe

CRF_ENERGY = "crf_energy"
"""The monitor of the dense CRF energy; for validation there is `val_crf_energy`."""


@dataclasses.dataclass(frozen=True)
class Regularizer:
    """A regularizer and its settings, as the flags name them.

    Attributes:
        name: one of `REGULARIZERS`.
        weight: against partial cross-entropy; None: from `REGULARIZER_WEIGHTS`.
        gamma: weight of the normalized cut within "kernelcut".
        min_share: smallest share of an image with a term in its normalized cut.
        sigma_xy: bandwidth in pixels of the crop; None: as large a part of the crop
            as in the paper.
        sigma_rgb: bandwidth in intensities 0..255; None: `SIGMA_RGB`.
        equalized: whether the filter's lattice is, but for that of "adm".
        adm_weight: of the dense CRF in the proposals of "adm".
        log_crf_energy: whether the dense CRF energy is monitored.
    """

    name: str = "none"
    weight: float | None = None
    gamma: float = GAMMA
    min_share: float = MIN_SHARE
    sigma_xy: float | None = None
    sigma_rgb: float | None = None
    equalized: bool = False
    adm_weight: float = ADM_WEIGHT
    log_crf_energy: bool = False

    @classmethod
    def from_flags(cls, flag_values: flags.FlagValues) -> "Regularizer":
        """Reads the flags of `common_flags.define_regularizer`."""
        return dataclasses.replace(
            cls.with_settings(flag_values.regularizer, flag_values),
            weight=flag_values.regularizer_weight,
            adm_weight=flag_values.adm_weight,
        )

    @classmethod
    def with_settings(cls, name: str, flag_values: flags.FlagValues) -> "Regularizer":
        """Reads the flags of `common_flags.define_regularizer_settings`."""
        return cls(
            name=name,
            gamma=flag_values.gamma,
            min_share=flag_values.min_share,
            sigma_xy=flag_values.sigma_xy,
            sigma_rgb=flag_values.sigma_rgb,
            equalized=flag_values.equalized,
            log_crf_energy=flag_values.log_crf_energy,
        )

    def resolve(self, crop_width: int) -> "Regularizer":
        """Returns the regularizer with weight and bandwidths filled in."""
        automatic = SIGMA_XY_OF_PAPER * crop_width / CROP_OF_PAPER
        weight = REGULARIZER_WEIGHTS[self.name] if self.weight is None else self.weight
        sigma_xy, sigma_rgb = self.sigma_xy or automatic, self.sigma_rgb or SIGMA_RGB
        return dataclasses.replace(
            self, weight=weight, sigma_xy=sigma_xy, sigma_rgb=sigma_rgb
        )

    def loss(self) -> keras.losses.Loss | None:
        """The Keras loss of a resolved regularizer; None for "none"."""
        if self.name == "none":
            return None
        kernel = {"sigma_xy": self.sigma_xy, "sigma_rgb": self.sigma_rgb}
        filtered = {**kernel, "equalized": self.equalized}
        if self.name == "ncut":
            return losses.NormalizedCutLoss(min_share=self.min_share, **filtered)
        if self.name == "crf":
            return losses.DenseCRFLoss(**filtered)
        if self.name == "kernelcut":
            return losses.KernelCutLoss(
                gamma=self.gamma, min_share=self.min_share, **filtered
            )
        if self.name == "adm":
            # The energy that "crf" minimizes: one kernel, over position and colour.
            return losses.DenseCRFADMLoss(
                bilateral_weight=self.adm_weight, spatial_weight=0.0, **kernel
            )
        raise ValueError(
            f"`name` must be one of {REGULARIZERS}. Received: name={self.name!r}"
        )

    @property
    def target(self) -> str:
        """What the loss compares the probabilities with."""
        return "scribbled_image" if self.name == "adm" else "image"

    @property
    def monitors(self) -> dict[str, keras.losses.Loss]:
        """The dense CRF energy of a resolved regularizer, if it is to be logged."""
        if not self.log_crf_energy:
            return {}
        energy = losses.DenseCRFLoss(
            sigma_xy=self.sigma_xy,
            sigma_rgb=self.sigma_rgb,
            equalized=self.equalized,
        )
        return {CRF_ENERGY: energy}

    @property
    def settings(self) -> dict[str, Any]:
        """The settings by the name of their flag."""
        return {
            "regularizer": self.name,
            "regularizer_weight": self.weight,
            "gamma": self.gamma,
            "min_share": self.min_share,
            "sigma_xy": self.sigma_xy,
            "sigma_rgb": self.sigma_rgb,
            "equalized": self.equalized,
            **({"adm_weight": self.adm_weight} if self.name == "adm" else {}),
        }


def scribble_recipe(
    regularizer: Regularizer, crop_width: int, labels: str = "scribble"
) -> Recipe:
    """Partial cross-entropy on `labels` plus a regularizer on the image.

    L = pCE(labels, S) + weight R(S; image)   (eq. 1 and 3)

    Args:
        regularizer: the second term.
        crop_width: width of the training crops in pixels, for the bandwidth.
        labels: "scribble", or "mask" for full supervision.
    """
    regularizer = regularizer.resolve(crop_width)
    term, target = regularizer.loss(), regularizer.target
    recipe = Recipe(
        losses={labels: losses.PartialCrossentropy()},
        loss_weights={labels: 1.0},
        flags={"regularizer": regularizer.name},
        monitors=regularizer.monitors,
        target_of=dict.fromkeys(regularizer.monitors, "image"),
    )
    if term is None:
        return recipe
    return dataclasses.replace(
        recipe,
        losses={**recipe.losses, target: term},
        loss_weights={**recipe.loss_weights, target: regularizer.weight},
        ramped=(target,),
        flags=regularizer.settings,
    )


def published_recipe(
    published: Published,
    regularizer: Regularizer,
    crop_width: int,
    labels: str = "scribble",
) -> Recipe:
    """The losses and learning rates of a published training.

    Cross-entropy reads the labels of every so many-th pixel and is a mean over the
    batch; where the network has several scales, each has its own. Bandwidths that are
    not given are the published ones. The CRF loss of no given weight is the raw energy
    with the published weight; other regularizers were not published, and are those of
    `scribble_recipe`.

    Args:
        published: the training.
        regularizer: the second term.
        crop_width: width of the training crops in pixels.
        labels: "scribble", or "mask" for full supervision.
    """
    raw = regularizer.name == "crf" and regularizer.weight is None
    regularizer = dataclasses.replace(
        regularizer,
        sigma_xy=regularizer.sigma_xy or published.sigma_xy,
        sigma_rgb=regularizer.sigma_rgb or published.sigma_rgb,
        weight=published.crf_weight if raw else regularizer.weight,
    )
    recipe = scribble_recipe(regularizer, crop_width, labels)
    strides = {labels: published.label_stride, **published.scale_strides}
    terms = dict(recipe.losses) | {
        name: losses.PartialCrossentropy(normalize_by="batch", stride=stride)
        for name, stride in strides.items()
    }
    weights = dict(recipe.loss_weights) | dict.fromkeys(strides, published.label_weight)
    if raw:
        terms["image"] = losses.DenseCRFLoss(
            sigma_xy=regularizer.sigma_xy,
            sigma_rgb=regularizer.sigma_rgb,
            normalization="none",
            equalized=regularizer.equalized,
            scale=published.crf_scale,
        )
    elif regularizer.name != "none":
        # A given weight is against cross-entropy, whatever the weight of that.
        weights[regularizer.target] *= published.label_weight
    return dataclasses.replace(
        recipe,
        losses=terms,
        loss_weights=weights,
        flags={**recipe.flags, "recipe": published.model},
        lr_multiplier=published.lr_multiplier,
        target_of={
            **recipe.target_of,
            **dict.fromkeys(published.scale_strides, labels),
        },
        output_of={name: name for name in published.scale_strides},
        training_graph=models.with_scales if published.scale_strides else None,
    )
