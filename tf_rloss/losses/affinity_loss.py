"""The base of the losses that cut an image along an affinity between its pixels."""

from collections.abc import Sequence

from tf_rloss.losses.affinity import Affinity
from tf_rloss.losses.function_loss import ImageLoss


class AffinityLoss(ImageLoss):
    """A `FunctionLoss` among whose options are an affinity and a scale.

    Args:
        sigma_xy: bandwidth in pixels, of images.
        sigma_xyz: None for images; for volumes, in place of `sigma_xy`, the bandwidth
            in voxels, a number or one for each of x, y and z.
        sigma_color: bandwidth in units of the image, a number or one for each channel.
        affinity: "gaussian", "grid4" or "grid8"; of volumes "grid6" or "grid26".
        equalized: whether "gaussian" filters on an equalized lattice.
        scale: fraction of the size at which the loss is computed, in (0, 1].
        region_channel: whether the last channel of the target is the region of
            interest.
        from_logits: whether the network's outputs are logits.
        reduction: as in every Keras loss.
        name: name of the loss.
        dtype: as in every Keras loss.
    """

    sigma_xy: float = 100.0
    sigma_xyz: float | Sequence[float] | None = None
    sigma_color: float | Sequence[float] = 15.0
    affinity: str = "gaussian"
    equalized: bool = False
    scale: float = 1.0

    def _check(self) -> None:
        super()._check()
        self._kernel()

    def _kernel(self) -> Affinity:
        return Affinity(
            self.affinity,
            self.sigma_xy,
            self.sigma_color,
            self.equalized,
            self.sigma_xyz,
        )
