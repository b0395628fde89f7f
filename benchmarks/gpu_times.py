"""How long the GPU takes for a filter, and for the losses' forms and gradient."""

import statistics

import numpy as np

from benchmarks import gpu_scene
from benchmarks.gpu_library import Bandwidths, Forms

GOAL_MS = 0.8  # on an H100 or H200, for either scene of the filter
MEAN_FIELD_STEPS = 10


class Scene:
    """A batch on the GPU, with what to do on it."""

    def __init__(self, library, arrays, batch: int, options):
        points = options.size**2
        shape = (batch, points, options.channels)
        self._library = library
        self._features = arrays.put(
            gpu_scene.features(options.size, options.size, batch)
        )
        random = np.random.default_rng(0)
        self._values = arrays.put(random.random(shape, np.float32))
        self._output = arrays.put(np.zeros(shape, np.float32))
        self.lattice = library.build(self._features, "float32")
        # Read values and features, write the output: what no filter can avoid.
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
    """The share of a GPU in the CRF loss: from image and values to the gradient."""

    def __init__(self, library, arrays, batch: int, options):
        points = options.size**2
        random = np.random.default_rng(0)
        self._library = library
        pictures = [
            gpu_scene.picture(options.size, options.size, i) for i in range(batch)
        ]
        self._image = arrays.put(np.stack(pictures).astype(np.float32))
        shape = (batch, points, options.channels)
        self._values = arrays.put(random.random(shape, np.float32))
        inside = random.random((batch, points)) > 0.1
        self._region = arrays.put(inside.astype(np.float32))
        self._features = arrays.put(np.zeros((batch, points, 5), np.float32))
        self._forms = Forms(*map(arrays.put, Forms.full(*shape, np.float32)))
        # The derivatives of (degree - within) / total are like these.
        ones = np.ones((batch, options.channels), np.float32)
        self._within, self._degree = arrays.put(-ones), arrays.put(ones)
        self._gradient = arrays.put(np.zeros(shape, np.float32))
        self.build()
        # Read values, image and region, write the gradient.
        self.least_bytes = 4 * batch * points * (2 * options.channels + 4)

    def build(self):
        bandwidths = Bandwidths(gpu_scene.SIGMA_XY, gpu_scene.SIGMA_RGB)
        self._library.features(self._image, "float32", bandwidths, self._features)
        self.lattice = self._library.build(self._features, "float32")

    def forms_and_gradient(self):
        self.build()
        self._library.forms(self.lattice, self._values, self._region, self._forms)
        self._library.mix_forms(
            self._forms, self._within, self._degree, "float32", self._gradient
        )


def median_time(arrays, work, runs: int) -> tuple[float, float]:
    """Returns the median and the least of the milliseconds that `work` takes."""
    for _ in range(3):
        work()
    times = [arrays.milliseconds(work) for _ in range(runs)]
    return statistics.median(times), min(times)


def time_all(library, arrays, options) -> list[dict]:
    """Returns a row for each scene."""
    rows = []

    def add(what, scene, work, goal=None):
        median, least = median_time(arrays, work, options.runs)
        rows.append(
            {
                "what": what,
                "median ms": median,
                "least ms": least,
                "goal ms": goal or "",
                "vertices": scene.lattice.inspect()["vertices"],
                "GB/s of least bytes": scene.least_bytes / median / 1e6,
            }
        )

    batch, single = (Scene(library, arrays, n, options) for n in (options.batch, 1))
    side = f"{options.size} x {options.size}, {options.channels} channels"
    many = f"{options.batch} x {side}"
    add(f"{many}: all, symmetric", batch, batch.build_and_filter, GOAL_MS)
    add(f"{many}: all, one order", batch, lambda: batch.build_and_filter("forward"))
    add(f"{many}: build", batch, batch.build)
    add(f"{many}: filter", batch, batch.filter)
    add(f"1 x {side}: all, symmetric", single, single.build_and_filter)
    add(f"1 x {side}: {MEAN_FIELD_STEPS} filters", single, single.mean_field, GOAL_MS)
    for images in (options.batch, 1):
        scene = FormsScene(library, arrays, images, options)
        what = f"{images} x {side}: CRF loss: forms + gradient"
        add(what, scene, scene.forms_and_gradient)
    return rows


def time_kernels(library, arrays, options) -> list[list[dict]]:
    """Returns for the filter and for the forms a row for each kernel, as launched."""
    filtering = Scene(library, arrays, options.batch, options)
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
