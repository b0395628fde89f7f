"""The base of the losses that compare a segmentation with the mean field of a CRF."""

from tf_rloss import ops
from tf_rloss.losses.function_loss import FunctionLoss


class MeanFieldLoss(FunctionLoss):
    """A `FunctionLoss` among whose options are the settings of a dense CRF.

    Args:
        crf: the settings, each of which becomes an attribute.
        reduction: as in every Keras loss.
        name: name of the loss.
        dtype: as in every Keras loss.
    """

    def __init__(
        self,
        crf: ops.DenseCRFSettings,
        *,
        reduction: str | None,
        name: str,
        dtype: str | None,
    ) -> None:
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        self.num_iterations = crf.num_iterations
        self.bilateral_weight = crf.bilateral_weight
        self.sigma_xy = crf.sigma_xy
        self.sigma_rgb = crf.sigma_rgb
        self.spatial_weight = crf.spatial_weight
        self.spatial_sigma_xy = crf.spatial_sigma_xy
        self.normalization = crf.normalization
        self.self_term = crf.self_term
