"""What the layers of dense CRFs share: settings, their checks, and inference."""

import keras
import tensorflow as tf

from tf_rloss import ops

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
        self.num_iterations = int(_at_least_zero("num_iterations", num_iterations))
        self.bilateral_weight = _at_least_zero("bilateral_weight", bilateral_weight)
        self.sigma_xy = _positive("sigma_xy", sigma_xy)
        self.sigma_rgb = _positive("sigma_rgb", sigma_rgb)
        self.spatial_weight = _at_least_zero("spatial_weight", spatial_weight)
        self.spatial_sigma_xy = _positive("spatial_sigma_xy", spatial_sigma_xy)
        if normalization not in ops.NORMALIZATIONS:
            raise ValueError(
                f"`normalization` must be one of {ops.NORMALIZATIONS}. "
                f"Received: normalization={normalization!r}"
            )
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
        if inputs.shape.rank != 4:
            raise ValueError(
                "`inputs` must be probabilities or logits (B, H, W, K). "
                f"Received: shape={inputs.shape}"
            )
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
    if image.shape.rank != 4 or image.shape[-1] not in (3, 4):
        raise ValueError(
            "`image` must be RGB in [0, 255], (B, H, W, 3), or 4 channels whose last "
            f"is the region of interest. Received: shape={image.shape}"
        )
    if image.shape[-1] == 3:
        return image, None
    return image[..., :3], image[..., 3:]


def _positive(name, value):
    if not value > 0:
        raise ValueError(f"`{name}` must be positive. Received: {name}={value}")
    return float(value)


def _at_least_zero(name, value):
    if not value >= 0:
        raise ValueError(f"`{name}` must be at least 0. Received: {name}={value}")
    return float(value)
