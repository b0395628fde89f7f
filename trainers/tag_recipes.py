"""What is minimized when only the tags of images are known.

The losses are those of SEC (Kolesnikov and Lampert, ECCV 2016), whose third the paper
replaces by the dense CRF loss (Table 3).
"""

import dataclasses
from typing import Any

import keras
from absl import flags

from tf_rloss import losses

from .defaults import (
    CROP_OF_PAPER,
    SIGMA_RGB,
    SIGMA_XY_OF_PAPER,
    TAG_STRIDE,
)
from .errors import UserError
from .published import CRF_WEIGHT, LABEL_STRIDE
from .recipe import Recipe

SEC_CROP = 321.0
SEC_SIGMA_XY, SEC_SIGMA_RGB = 80.0 * 8.0 / 12.0, 13.0
"""Bandwidths of SEC's CRF, in pixels at its size and in intensities: the code divides
80 by 12 on a grid of 8 pixels to the cell."""
SEC_SPATIAL_SIGMA_XY = 3.0 * 8.0 / 12.0


@dataclasses.dataclass(frozen=True)
class TagLosses:
    """The three losses of a training from tags, as the flags name them.

    Attributes:
        boundary: "none", "crf" (the paper's loss), "constrain" (SEC's loss, with the
            gradient through the mean field) or "constrain_no_backprop" (without).
        seed_weight: of the seeding loss; 0 leaves it out.
        expand_weight: of the expansion loss; 0 leaves it out.
        boundary_weight: of the third loss.
        sigma_xy: its bandwidth in pixels of the crop; None: as large a part of the
            crop as in the paper or, of the constraint, in SEC.
        sigma_rgb: its bandwidth in intensities 0..255; None: 15 or SEC's 13.
        stride: pixels between two at which SEC's losses look.
        raw: whether the CRF loss is the raw energy, times the weight of the authors'
            other trainings.
    """

    boundary: str = "crf"
    seed_weight: float = 1.0
    expand_weight: float = 1.0
    boundary_weight: float = 1.0
    sigma_xy: float | None = None
    sigma_rgb: float | None = None
    stride: int = TAG_STRIDE
    raw: bool = False

    @classmethod
    def from_flags(cls, flag_values: flags.FlagValues) -> "TagLosses":
        """Reads the flags of `tag.define_losses`; a recipe's defaults are SEC's.

        Raises:
            UserError: if nothing is left to minimize.
        """
        used = [flag_values.seed_weight, flag_values.expand_weight]
        if flag_values.boundary != "none":
            used.append(flag_values.boundary_weight)
        if not any(used):
            raise UserError(
                "One of --seed_weight, --expand_weight and --boundary_weight (with "
                "--boundary) must be above 0."
            )
        published = flag_values.recipe is not None
        stride = flag_values.stride
        if stride is None:
            stride = LABEL_STRIDE if published else TAG_STRIDE
        return cls(
            boundary=flag_values.boundary,
            seed_weight=flag_values.seed_weight,
            expand_weight=flag_values.expand_weight,
            boundary_weight=flag_values.boundary_weight,
            sigma_xy=flag_values.sigma_xy,
            sigma_rgb=flag_values.sigma_rgb,
            stride=stride,
            raw=published and not flag_values["boundary_weight"].present,
        )

    @classmethod
    def published(cls, boundary: str) -> "TagLosses":
        """The losses of the trainings of `PUBLISHED_TAGS`."""
        return cls(boundary, stride=LABEL_STRIDE, raw=True)

    def resolve(self, crop_width: int) -> "TagLosses":
        """Returns the losses with weight and bandwidths filled in."""
        if self.boundary == "none":
            return self
        crf = self.boundary == "crf"
        raw = self.raw and crf
        sigma_xy = self.sigma_xy
        if sigma_xy is None and raw:
            sigma_xy = SIGMA_XY_OF_PAPER
        elif sigma_xy is None:
            of_crop = (SIGMA_XY_OF_PAPER, CROP_OF_PAPER)
            sigma, crop = of_crop if crf else (SEC_SIGMA_XY, SEC_CROP)
            sigma_xy = sigma * crop_width / crop
        return dataclasses.replace(
            self,
            raw=raw,
            boundary_weight=CRF_WEIGHT if raw else self.boundary_weight,
            sigma_xy=sigma_xy,
            sigma_rgb=self.sigma_rgb or (SIGMA_RGB if crf else SEC_SIGMA_RGB),
        )

    def boundary_loss(self, crop_width: int) -> keras.losses.Loss | None:
        """The third of resolved losses; None for "none"."""
        kernel = {"sigma_xy": self.sigma_xy, "sigma_rgb": self.sigma_rgb}
        if self.boundary == "none":
            return None
        if self.boundary == "crf":
            normalization = "none" if self.raw else "affinity"
            return losses.DenseCRFLoss(normalization=normalization, **kernel)
        return losses.ConstrainToBoundaryLoss(
            stride=self.stride,
            spatial_sigma_xy=SEC_SPATIAL_SIGMA_XY * crop_width / SEC_CROP,
            backpropagate=self.boundary == "constrain",
            **kernel,
        )

    @property
    def settings(self) -> dict[str, Any]:
        """The settings by the name of their flag."""
        names = [field.name for field in dataclasses.fields(self)]
        return {name: getattr(self, name) for name in names if name != "raw"}


def tag_recipe(
    terms: TagLosses, crop_width: int, settings: dict[str, Any] | None = None
) -> Recipe:
    """Seed, expand, and the loss that knows borders.

        L = w_s L_seed(cues, S) + w_e L_expand(tags, S) + w_b L_boundary(image, S)

    Args:
        terms: the losses.
        crop_width: width of the training crops in pixels, for bandwidths.
        settings: further settings that the run depends on, by the name of their flag.
    """
    terms = terms.resolve(crop_width)
    weighted = {
        "cues": (losses.SeedingLoss(stride=terms.stride), terms.seed_weight),
        "tags": (losses.ExpansionLoss(stride=terms.stride), terms.expand_weight),
        "image": (terms.boundary_loss(crop_width), terms.boundary_weight),
    }
    used = {
        name: term
        for name, term in weighted.items()
        if term[0] is not None and term[1] > 0
    }
    return Recipe(
        losses={name: loss for name, (loss, _) in used.items()},
        loss_weights={name: weight for name, (_, weight) in used.items()},
        ramped=tuple(name for name in used if name == "image"),
        flags={**terms.settings, **(settings or {})},
    )
