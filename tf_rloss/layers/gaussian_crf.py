"""What the layers of dense CRFs share: settings, their checks, and inference."""

import keras
import tensorflow as tf

from tf_rloss import ops
from tf_rloss.checks import (
    check_at_least_zero,
    check_choice,
    check_image,
    check_integer,
    check_positive,
    check_rank,
)

_TINY = 1e-30  # keeps the logarithm finite where a probability underflows to 0


class GaussianCRF(keras.layers.Layer):
    """A dense CRF with one bilateral and one spatial Gaussian kernel.

    Its subclasses say what their arguments are.
    """

    def __init__(
        self,
        *,
        num_iterations,
        bilateral_weight,
        sigma_xy,
        sigma_rgb,
        spatial_weight,
        spatial_sigma_xy,
        normalization,
        self_term,
        from_logits,
        **kwargs,
    ):
        # Sums over pixels overflow float16, so float32 under every policy.
        super().__init__(**{"dtype": "float32", **kwargs})
        check_integer("num_iterations", num_iterations, 0)
        check_at_least_zero("bilateral_weight", bilateral_weight)
        check_positive("sigma_xy", sigma_xy, "pixels")
        check_positive("sigma_rgb", sigma_rgb, "units of [0, 255]")
        check_at_least_zero("spatial_weight", spatial_weight)
        check_positive("spatial_sigma_xy", spatial_sigma_xy, "pixels")
        check_choice("normalization", normalization, ops.NORMALIZATIONS)
        self.num_iterations = int(num_iterations)
        self.bilateral_weight = float(bilateral_weight)
        self.sigma_xy = float(sigma_xy)
        self.sigma_rgb = float(sigma_rgb)
        self.spatial_weight = float(spatial_weight)
        self.spatial_sigma_xy = float(spatial_sigma_xy)
        self.normalization = normalization
        self.self_term = bool(self_term)
        self.from_logits = bool(from_logits)
        self.supports_jit = ops.has_xla_kernels()

    def infer(self, inputs, image, *, bilateral, spatial, iterations):
        """Runs mean-field inference.

        Args:
            inputs: (B, H, W, K), probabilities or logits.
            image: (B, H, W, 3), or (B, H, W, 4) whose last channel is the region.
            bilateral: mixture of `ops.mean_field` for the bilateral kernel; None to
                leave that kernel out.
            spatial: the same for the spatial kernel.
            iterations: number of updates.

        Returns:
            Q (B, H, W, K).
        """
        check_rank("inputs", inputs, 4, "probabilities or logits (B, H, W, K)")
        logits = inputs if self.from_logits else tf.math.log(inputs + _TINY)
        image, region = _split(tf.stop_gradient(image))
        kernels, mixtures = ops.gaussian_kernels(
            image,
            bilateral=bilateral,
            sigma_xy=self.sigma_xy,
            sigma_rgb=self.sigma_rgb,
            spatial=spatial,
            spatial_sigma_xy=self.spatial_sigma_xy,
            region=region,
            normalization=self.normalization,
            self_term=self.self_term,
            dtype=logits.dtype,
        )
        return ops.mean_field(logits, kernels, mixtures, iterations=iterations)

    def compute_output_shape(self, inputs_shape, image_shape):
        return inputs_shape

    def get_config(self):
        return {
            **super().get_config(),
            "num_iterations": self.num_iterations,
            "bilateral_weight": self.bilateral_weight,
            "sigma_xy": self.sigma_xy,
            "sigma_rgb": self.sigma_rgb,
            "spatial_weight": self.spatial_weight,
            "spatial_sigma_xy": self.spatial_sigma_xy,
            "normalization": self.normalization,
            "self_term": self.self_term,
            "from_logits": self.from_logits,
        }


def _split(image):
    """Splits RGB (B, H, W, 3) from the region (B, H, W, 1), or None."""
    check_image(image, (3, 4))
    if image.shape[-1] == 3:
        return image, None
    return image[..., :3], image[..., 3:]
