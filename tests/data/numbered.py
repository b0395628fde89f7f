"""Images that show their own number, and training batches made from them."""

import numpy as np

from tf_rloss.data import Example, Source, train_pipeline
from tf_rloss.labels import voc_palette

TARGETS = ("scribble", "mask", "image")


def numbered_source(num_images=7, size=(20, 24), read_ids=None):
    """Returns images whose colours tell row, column and number, with all labels."""

    def read(name):
        if read_ids is not None:
            read_ids.append(name)
        number = int(name)
        row, column = np.mgrid[: size[0], : size[1]]
        image = np.stack([row * 5, column * 5, np.full(size, number)], -1)
        mask = ((row + column) % 3).astype(np.uint8)
        scribble = np.where(row % 4 == 0, mask, 255).astype(np.uint8)
        return Example(image.astype(np.uint8), scribble, mask)

    return Source(
        name="numbered",
        class_names=("a", "b", "c"),
        palette=voc_palette(3),
        ids=tuple(str(i) for i in range(num_images)),
        size=size,
        has_scribbles=True,
        has_masks=True,
        read=read,
    )


def batches(count, source=None, **settings):
    settings = {"batch_size": 4, "crop_size": 16, "targets": TARGETS} | settings
    dataset = train_pipeline(source or numbered_source(), **settings)
    return [
        {"input": image, **targets}
        for image, targets in dataset.take(count).as_numpy_iterator()
    ]


def assert_same(first, second):
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        assert one.keys() == other.keys()
        for name in one:
            np.testing.assert_array_equal(one[name], other[name], err_msg=name)
