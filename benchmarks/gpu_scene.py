"""A picture to filter: a photograph where there is one, else something like it."""

import numpy as np

SIGMA_XY = 100.0
SIGMA_RGB = 15.0


def picture(height: int, width: int, seed: int) -> np.ndarray:
    """Returns (height, width, 3) in [0, 255]."""
    try:
        import skimage

        photographs = ("astronaut", "coffee", "chelsea")
        image = getattr(skimage.data, photographs[seed % len(photographs)])()
        return skimage.transform.resize(
            image[..., :3], (height, width), anti_aliasing=True, preserve_range=True
        )
    except ImportError:
        return synthetic(height, width, seed)


def synthetic(height: int, width: int, seed: int) -> np.ndarray:
    """Returns regions of shaded colour with noise of five levels."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / max(height, width)
    centres = random.random((40, 2))
    distance = (y[..., None] - centres[:, 0]) ** 2 + (x[..., None] - centres[:, 1]) ** 2
    region = distance.argmin(axis=-1)
    colour = random.random((40, 3))[region] * 200
    shade = np.stack([x, y, x * y], axis=-1) * 55
    return np.clip(colour + shade + random.normal(size=colour.shape) * 5, 0, 255)


def features(height: int, width: int, batch: int) -> np.ndarray:
    """Returns the features (batch, height * width, 5) of the usual bandwidths."""
    y, x = np.mgrid[:height, :width]
    position = np.stack([x, y], axis=-1) / SIGMA_XY
    pictures = [
        np.concatenate([position, picture(height, width, i) / SIGMA_RGB], axis=-1)
        for i in range(batch)
    ]
    return np.stack(pictures).reshape(batch, height * width, 5).astype(np.float32)
