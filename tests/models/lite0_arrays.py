"""Arrays with the names and shapes of PyTorch's EfficientNet-Lite0, random ones."""

import numpy as np

BLOCKS = (
    # (input, output, kernel, expansion) of every block
    (32, 16, 3, 1),
    *((16, 24, 3, 6), (24, 24, 3, 6)),
    *((24, 40, 5, 6), (40, 40, 5, 6)),
    *((40, 80, 3, 6), (80, 80, 3, 6), (80, 80, 3, 6)),
    *((80, 112, 5, 6), (112, 112, 5, 6), (112, 112, 5, 6)),
    *((112, 192, 5, 6), (192, 192, 5, 6), (192, 192, 5, 6), (192, 192, 5, 6)),
    (192, 320, 3, 6),
)


def shapes():
    """Returns name -> shape of all arrays of the network with its classifier."""
    found = {"_conv_stem.weight": (32, 3, 3, 3), **norm("_bn0", 32)}
    for number, (inputs, outputs, kernel, expansion) in enumerate(BLOCKS):
        name, middle = f"_blocks.{number}", inputs * expansion
        if expansion > 1:
            found[f"{name}._expand_conv.weight"] = (middle, inputs, 1, 1)
            found |= norm(f"{name}._bn0", middle)
        found[f"{name}._depthwise_conv.weight"] = (middle, 1, kernel, kernel)
        found |= norm(f"{name}._bn1", middle)
        found[f"{name}._project_conv.weight"] = (outputs, middle, 1, 1)
        found |= norm(f"{name}._bn2", outputs)
    found |= {"_conv_head.weight": (1280, 320, 1, 1), **norm("_bn1", 1280)}
    return found | {"_fc.weight": (1000, 1280), "_fc.bias": (1000,)}


def norm(name, channels):
    parts = ("weight", "bias", "running_mean", "running_var")
    arrays = {f"{name}.{part}": (channels,) for part in parts}
    return arrays | {f"{name}.num_batches_tracked": ()}


def random_arrays():
    generator = np.random.default_rng(0)
    return {
        name: generator.uniform(0.5, 1.5, shape).astype(np.float32)
        for name, shape in shapes().items()
    }
