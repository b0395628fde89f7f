"""Times the GPU's filter, and the forms and gradient of a loss."""

import statistics
from collections.abc import Callable

import numpy as np

from benchmarks.gpu_kernels import scene
from benchmarks.gpu_kernels.c_structs import Bandwidths, Forms

GOAL_MS = 0.8  # on an H100 or H200
MEAN_FIELD_STEPS = 10


class FilterScene:
    """A batch on the GPU, and its filter.

    Args:
        library: `GpuLibrary`.
        arrays: one of the classes in arrays.py.
        batch: number of pictures.
        options: those of benchmarks/gpu.py.
    """

    def __init__(self, library, arrays, batch: int, options):
        points = options.size**2
        shape = (batch, points, options.channels)
        self._library = library
        features = scene.features(options.size, options.size, batch)
        self._features = arrays.put(features)
        random = np.random.default_rng(0)
        self._values = arrays.put(random.random(shape, np.float32))
        self._output = arrays.put(np.zeros(shape, np.float32))
        self.lattice = library.build(self._features, "float32")
        # Any filter reads values and features, and writes the output.
        self.least_bytes = 4 * batch * points * (2 * options.channels + 5)

    def build(self):
        self.lattice = self._library.build(self._features, "float32")

    def filter(self, order="symmetric"):
        self._library.filter(self.lattice, self._values, "float32", order, self._output)

    def build_and_filter(self, order="symmetric"):
        self.build()
        self.filter(order)

    def mean_field(self):
        for _ in range(MEAN_FIELD_STEPS):
            self.filter()


class FormsScene:
    """The part of the CRF loss that runs in our kernels: from image to gradient.

    Args:
        library: `GpuLibrary`.
        arrays: one of the classes in arrays.py.
        batch: number of pictures.
        options: those of benchmarks/gpu.py.
    """

    def __init__(self, library, arrays, batch: int, options):
        points = options.size**2
        random = np.random.default_rng(0)
        self._library = library
        pictures = scene.pictures(options.size, options.size, batch)
        self._image = arrays.put(pictures.astype(np.float32))
        shape = (batch, points, options.channels)
        self._values = arrays.put(random.random(shape, np.float32))
        inside = random.random((batch, points)) > 0.1
        self._region = arrays.put(inside.astype(np.float32))
        self._features = arrays.put(np.zeros((batch, points, 5), np.float32))
        self._forms = Forms(*map(arrays.put, Forms.full(*shape, np.float32)))
        # Up to a factor, these are the derivatives of (degree - within) / total.
        ones = np.ones((batch, options.channels), np.float32)
        self._within, self._degree = arrays.put(-ones), arrays.put(ones)
        self._gradient = arrays.put(np.zeros(shape, np.float32))
        self.build()
        # It reads values, image and region, and writes the gradient.
        self.least_bytes = 4 * batch * points * (2 * options.channels + 4)

    def build(self):
        bandwidths = Bandwidths(scene.SIGMA_XY, scene.SIGMA_COLOR)
        self._library.features(self._image, "float32", bandwidths, self._features)
        self.lattice = self._library.build(self._features, "float32")

    def forms_and_gradient(self):
        self.build()
        self._library.forms(self.lattice, self._values, self._region, self._forms)
        self._library.mix_forms(
            self._forms, self._within, self._degree, "float32", self._gradient
        )


def median_time(arrays, work: Callable, runs: int) -> tuple[float, float]:
    """Returns the median and the least time of `runs` calls, in milliseconds."""
    for _ in range(3):
        work()
    times = [arrays.milliseconds(work) for _ in range(runs)]
    return statistics.median(times), min(times)


def time_all(library, arrays, options) -> list[dict]:
    """Times the filter and the forms, for a batch and for one picture.

    Returns:
        Rows with the times in ms, the number of lattice points, and the rate at which
        the bytes are moved that any implementation must move.
    """
    rows = []

    def add(what, measured, work, goal=None):
        median, least = median_time(arrays, work, options.runs)
        rows.append(
            {
                "what": what,
                "median ms": median,
                "least ms": least,
                "goal ms": goal or "",
                "vertices": measured.lattice.inspect()["vertices"],
                "GB/s of least bytes": measured.least_bytes / median / 1e6,
            }
        )

    batch = FilterScene(library, arrays, options.batch, options)
    single = FilterScene(library, arrays, 1, options)
    side = f"{options.size} x {options.size}, {options.channels} channels"
    many = f"{options.batch} x {side}"
    add(f"{many}: all, symmetric", batch, batch.build_and_filter, GOAL_MS)
    add(f"{many}: all, one order", batch, lambda: batch.build_and_filter("forward"))
    add(f"{many}: build", batch, batch.build)
    add(f"{many}: filter", batch, batch.filter)
    add(f"1 x {side}: all, symmetric", single, single.build_and_filter)
    add(f"1 x {side}: {MEAN_FIELD_STEPS} filters", single, single.mean_field, GOAL_MS)
    for images in (options.batch, 1):
        forms = FormsScene(library, arrays, images, options)
        what = f"{images} x {side}: CRF loss: forms + gradient"
        add(what, forms, forms.forms_and_gradient)
    return rows


def time_kernels(library, arrays, options) -> list[list[dict]]:
    """Times each kernel of the filter and of the forms, in order of their launch."""
    filtering = FilterScene(library, arrays, options.batch, options)
    forms = FormsScene(library, arrays, options.batch, options)
    return [
        _trace(library, "kernel", filtering.build_and_filter, options.runs),
        _trace(library, "kernel of the loss", forms.forms_and_gradient, options.runs),
    ]


def _trace(library, title: str, work, runs: int) -> list[dict]:
    traces = [library.trace(work) for _ in range(runs)]
    return [
        {title: name, "median ms": statistics.median(trace[i][1] for trace in traces)}
        for i, (name, _) in enumerate(traces[0])
    ]
