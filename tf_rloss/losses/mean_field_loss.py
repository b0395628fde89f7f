"""The base of the losses that compare a segmentation with the mean field of a CRF."""

from collections.abc import Sequence

from tf_rloss import ops
from tf_rloss.losses.function_loss import ImageLoss


class MeanFieldLoss(ImageLoss):
    """A `FunctionLoss` among whose options are the settings of a dense CRF.

    Args:
        num_iterations: number of updates of the mean field.
        bilateral_weight: weight of messages from near pixels of similar colour.
        sigma_xy: bandwidth in pixels of the bilateral kernel, in images.
        sigma_xyz: None for images; for volumes its bandwidth in voxels, a number or
            one for each of x, y and z.
        sigma_color: its bandwidth in units of the image, a number or one for each
            channel.
        spatial_weight: weight of messages from near pixels of any colour.
        spatial_sigma_xy: bandwidth in pixels of the spatial kernel, in images.
        spatial_sigma_xyz: None for images; for volumes its bandwidth in voxels.
        normalization: "symmetric", "before", "after" or "none", for both kernels.
        self_term: whether a pixel sends a message to itself.
        region_channel: whether the last channel of the target is the region of
            interest.
        from_logits: whether the network's outputs are logits.
        reduction: as in every Keras loss.
        name: name of the loss.
        dtype: as in every Keras loss.
    """

    num_iterations: int = 10
    bilateral_weight: float = 10.0
    sigma_xy: float = 80.0
    sigma_xyz: float | Sequence[float] | None = None
    sigma_color: float | Sequence[float] = 13.0
    spatial_weight: float = 3.0
    spatial_sigma_xy: float = 3.0
    spatial_sigma_xyz: float | Sequence[float] | None = None
    normalization: str = "symmetric"
    self_term: bool = True

    def _check(self) -> None:
        super()._check()
        ops.DenseCRFSettings.of(self)
