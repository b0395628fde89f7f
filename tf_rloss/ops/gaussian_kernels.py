"""The two kernels of the usual dense CRF: appearance and smoothness."""

import tensorflow as tf

from tf_rloss.ops.mean_field import bilateral_kernel, spatial_kernel


def gaussian_kernels(
    image,
    *,
    bilateral,
    sigma_xy,
    sigma_rgb,
    spatial,
    spatial_sigma_xy,
    region=None,
    **options,
):
    """Builds what `mean_field` takes: kernels and the mixture of each.

    Args:
        image: tensor (B, H, W, 3), RGB in [0, 255].
        bilateral: mixture of the bilateral kernel (see `mean_field`); None to leave
            that kernel out.
        sigma_xy: its bandwidth in pixels, > 0.
        sigma_rgb: its bandwidth in intensity units, > 0.
        spatial: mixture of the spatial kernel; None to leave that kernel out.
        spatial_sigma_xy: its bandwidth in pixels, > 0.
        region: None, or tensor (B, H, W, 1), 1 inside the region of interest and 0
            where pixels neither give nor receive.
        **options: of `PairwiseKernel`.

    Returns:
        A list of `PairwiseKernel` and a list of mixtures, equally long.
    """
    if region is not None:
        shape = tf.shape(region)
        region = tf.reshape(region, [shape[0], shape[1] * shape[2], 1])
    options["region"] = region
    kernels, mixtures = [], []
    if bilateral is not None:
        sigmas = {"sigma_xy": sigma_xy, "sigma_rgb": sigma_rgb}
        kernels.append(bilateral_kernel(image, **sigmas, **options))
        mixtures.append(bilateral)
    if spatial is not None:
        kernels.append(spatial_kernel(image, sigma_xy=spatial_sigma_xy, **options))
        mixtures.append(spatial)
    return kernels, mixtures
