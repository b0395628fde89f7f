"""The dense CRF as a layer with weights, trained with the network before it."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tf_rloss import ops
from tf_rloss.checks import check_integer
from tf_rloss.layers.crf_layer import CRFLayer
from tf_rloss.layers.shapes import Shape


@keras.saving.register_keras_serializable(package="tf_rloss")
class CRFAsRNN(CRFLayer):
    """Mean-field inference whose kernel weights and compatibility are trained.

        Q <- softmax(log S - ((K~_b Q) W_b + (K~_s Q) W_s) M)

    with the Gaussian kernels K_b over position and colour and K_s over position alone;
    see `ops.mean_field`. The weights are three matrices (K, K), which start as the
    Potts model:

    - `bilateral_kernel`, W_b = bilateral_weight I;
    - `spatial_kernel`, W_s = spatial_weight I;
    - `compatibility`, M = -I: element (a, b) is the cost of class b beside class a.

    Gradients reach all three and the probabilities, but not the image. The defaults are
    those of the published network, which was trained with 5 iterations and used with
    10. Its authors trained the matrices with 1,000 times the network's learning rate.

    Args:
        num_iterations: number of updates when predicting, at least 0.
        training_iterations: number of updates when training; None for
            `num_iterations`.
        bilateral_weight: initial weight of messages from near pixels of similar colour,
            at least 0.
        sigma_xy: bandwidth in pixels of the bilateral kernel, in images.
        sigma_xyz: None for images; for volumes its bandwidth in voxels, a number or
            one for each of x, y and z.
        sigma_color: its bandwidth in units of the image, a number or one for each
            channel.
        spatial_weight: initial weight of messages from near pixels of any colour, at
            least 0.
        spatial_sigma_xy: bandwidth in pixels of the spatial kernel, in images.
        spatial_sigma_xyz: None for images; for volumes its bandwidth in voxels, a
            number or one for each of x, y and z.
        normalization: "after" (published default), "symmetric", "before" or "none",
            for both kernels; see `ops.PairwiseKernel`.
        self_term: whether a pixel sends a message to itself; True as published.
        from_logits: whether the layer is called with logits instead of probabilities.
        **kwargs: arguments of `keras.layers.Layer`; `dtype` is "float32" by default.

    Call arguments:
        inputs: float tensor (B, H, W, K), or (B, D, H, W, K) of volumes,
            probabilities, or logits.
        image: tensor (B, H, W, C) with C from 1 to 6, such as RGB in [0, 255]; or a
            volume (B, D, H, W, C) with C from 1 to 5, if `sigma_xyz` is given.
        region: None, or a tensor of the shape of the image but one channel: 1 inside
            the region of interest and 0 where pixels neither give nor receive.
        training: whether `training_iterations` applies.

    Returns:
        Tensor of the shape of `inputs` and the layer's compute dtype; sums to 1 over
        K.

    Raises:
        ValueError: for an argument out of range.

    Example:
        >>> image = segmenter.input
        >>> probs = CRFAsRNN(name="head_crf")(segmenter.output, image)
        >>> model = keras.Model(image, probs)

    Reference:
        Zheng et al., Conditional Random Fields as Recurrent Neural Networks, ICCV 2015.
    """

    def __init__(
        self,
        num_iterations: int = 10,
        *,
        training_iterations: int | None = 5,
        bilateral_weight: float = 5.0,
        sigma_xy: float = 160.0,
        sigma_xyz: float | Sequence[float] | None = None,
        sigma_color: float | Sequence[float] = 3.0,
        spatial_weight: float = 3.0,
        spatial_sigma_xy: float = 3.0,
        spatial_sigma_xyz: float | Sequence[float] | None = None,
        normalization: str = "after",
        self_term: bool = True,
        from_logits: bool = False,
        **kwargs: Any,
    ) -> None:
        settings = ops.DenseCRFSettings(
            num_iterations=num_iterations,
            bilateral_weight=bilateral_weight,
            sigma_xy=sigma_xy,
            sigma_xyz=sigma_xyz,
            sigma_color=sigma_color,
            spatial_weight=spatial_weight,
            spatial_sigma_xy=spatial_sigma_xy,
            spatial_sigma_xyz=spatial_sigma_xyz,
            normalization=normalization,
            self_term=self_term,
        )
        super().__init__(settings, from_logits=from_logits, **kwargs)
        if training_iterations is None:
            training_iterations = num_iterations
        check_integer("training_iterations", training_iterations, 0)
        self.training_iterations = int(training_iterations)

    def build(self, inputs_shape: Shape, image_shape: Shape) -> None:
        num_classes = inputs_shape[-1]

        def add(name: str, scale: float) -> keras.Variable:
            return self.add_weight(
                shape=(num_classes, num_classes),
                initializer=keras.initializers.Constant(scale * np.eye(num_classes)),
                name=name,
            )

        self.bilateral_kernel = add("bilateral_kernel", self.bilateral_weight)
        self.spatial_kernel = add("spatial_kernel", self.spatial_weight)
        self.compatibility = add("compatibility", -1.0)

    def call(
        self,
        inputs: tf.Tensor,
        image: tf.Tensor,
        region: tf.Tensor | None = None,
        training: bool | None = None,
    ) -> tf.Tensor:
        mixtures = (
            -tf.matmul(self.bilateral_kernel, self.compatibility),
            -tf.matmul(self.spatial_kernel, self.compatibility),
        )
        num_iterations = self.training_iterations if training else self.num_iterations
        return self.infer(inputs, image, region, mixtures, num_iterations)

    def get_config(self) -> dict[str, Any]:
        own = {"training_iterations": self.training_iterations}
        return {**super().get_config(), **own}
