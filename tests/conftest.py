"""Start-up shared by all tests: quiet logs, two CPU devices, photographs."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np
import pytest
import skimage
import tensorflow as tf

# Two logical devices let MirroredStrategy run on any machine. They must be
# set before the first op, so here, once.
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 2,
)


def load_photograph(name: str, height: int, width: int) -> np.ndarray:
    """Returns a photograph that ships with scikit-image, float32 in [0, 255]."""
    photograph = getattr(skimage.data, name)()[..., :3]
    resized = skimage.transform.resize(
        photograph, (height, width), anti_aliasing=True, preserve_range=True
    )
    return resized.astype(np.float32)


@pytest.fixture(autouse=True)
def fresh_collective_keys():
    """Gives each test's MirroredStrategy its own keys, as TensorFlow's tests do.

    All strategies of a process count their collective operations from the same
    number, and TensorFlow aborts when a number comes back with another shape.
    """
    tf.distribute.MirroredStrategy._collective_key_base += 1000


@pytest.fixture(scope="session")
def photograph():
    """The function `load_photograph(name, height, width)`."""
    return load_photograph
