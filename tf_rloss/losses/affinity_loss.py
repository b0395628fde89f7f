"""The base of the losses that cut an image along an affinity between its pixels."""

from tf_rloss.losses.affinity import Affinity
from tf_rloss.losses.function_loss import SegmentationLoss


class AffinityLoss(SegmentationLoss):
    """A `FunctionLoss` among whose options are an affinity and a scale.

    Args:
        sigma_xy: bandwidth in pixels.
        sigma_rgb: bandwidth in intensity units of [0, 255].
        affinity: "gaussian", "grid4" or "grid8".
        equalized: whether "gaussian" filters on an equalized lattice.
        scale: fraction of the size at which the loss is computed, in (0, 1].
        from_logits: whether the network's outputs are logits.
        reduction: as in every Keras loss.
        name: name of the loss.
        dtype: as in every Keras loss.
    """

    sigma_xy: float = 100.0
    sigma_rgb: float = 15.0
    affinity: str = "gaussian"
    equalized: bool = False
    scale: float = 1.0

    def _check(self) -> None:
        super()._check()
        Affinity(self.affinity, self.sigma_xy, self.sigma_rgb, self.equalized)
