"""The base of the losses that compare a segmentation with the mean field of a CRF."""

from tf_rloss import ops
from tf_rloss.losses.function_loss import SegmentationLoss


class MeanFieldLoss(SegmentationLoss):
    """A `FunctionLoss` among whose options are the settings of a dense CRF.

    Args:
        num_iterations: number of updates of the mean field.
        bilateral_weight: weight of messages from near pixels of similar colour.
        sigma_xy: bandwidth in pixels of the bilateral kernel.
        sigma_rgb: its bandwidth in intensity units of [0, 255].
        spatial_weight: weight of messages from near pixels of any colour.
        spatial_sigma_xy: bandwidth in pixels of the spatial kernel.
        normalization: "symmetric", "before", "after" or "none", for both kernels.
        self_term: whether a pixel sends a message to itself.
        from_logits: whether the network's outputs are logits.
        reduction: as in every Keras loss.
        name: name of the loss.
        dtype: as in every Keras loss.
    """

    num_iterations: int = 10
    bilateral_weight: float = 10.0
    sigma_xy: float = 80.0
    sigma_rgb: float = 13.0
    spatial_weight: float = 3.0
    spatial_sigma_xy: float = 3.0
    normalization: str = "symmetric"
    self_term: bool = True

    def _check(self) -> None:
        super()._check()
        ops.DenseCRFSettings.of(self)
