"""Images and volumes of any channels with borders, shading and noise."""

import numpy as np


def blobs(shape, channels, seed=0):
    """Smooth blobs of other values in each channel, with noise of 4 units of 255."""
    rng = np.random.default_rng(seed)
    grid = np.moveaxis(np.indices(shape), 0, -1) / np.array(shape)
    image = np.full((*shape, channels), 60.0)
    for _ in range(6):
        center, radius = rng.uniform(0, 1, len(shape)), rng.uniform(0.1, 0.3)
        inside = np.linalg.norm(grid - center, axis=-1) < radius
        image[inside] = rng.uniform(0, 255, channels)
    image += 30 * grid[..., :1]  # shading
    return (image + rng.normal(0, 4, image.shape)).astype(np.float32)
