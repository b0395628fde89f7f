"""More exact lattices: what they cost and what the losses gain.

    python benchmarks/accuracy_tradeoff.py

Compares ways to build the lattice (benchmarks/lattice_variants.py) with exact rows of
W at random pixels of whole photographs. Times are those of the compiled lattice's
stages, one thread, for 21 channels: those that go through the pixels count once for
each lattice; those that go through the vertices are read off a curve, measured on
lattices of other bandwidths that have so many. Takes two minutes of processor time for
each of --offsets.
"""

import os
import pathlib
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import numpy as np
from absl import app, flags

from benchmarks import accuracy_scores, native, photographs, report
from benchmarks import lattice_variants as lattices
from benchmarks.lattice_variants import Variant

_IMAGES = flags.DEFINE_list(
    "image", list(photographs.NAMES[:3]), "Files, or names of scikit-image's."
)
_BANDWIDTHS = flags.DEFINE_list(
    "bandwidths", ["100/15", "60/10"], "sigma_xy per 513 pixels / sigma_rgb."
)
_SIZE = flags.DEFINE_integer("size", 513, "Side of the square photographs.", 8)
_ROWS = flags.DEFINE_integer("rows", 320, "Pixels to compare at.", 1)
_OFFSETS = flags.DEFINE_integer(
    "offsets",
    1,
    "Places of the lattice to average over; the first is as in the package, the others "
    "are random.",
    1,
)
_OUTPUT = flags.DEFINE_string("output_dir", "benchmarks/output", "For CSV and plot.")

CHANNELS = 21
VARIANTS = (
    Variant("usual"),
    Variant("usual, one order", symmetric=False),
    Variant("rotated", rotation=1),
    Variant("ring", ring_links=1),
    Variant("two offsets", lattices=2),
    Variant("narrow taps", tap=0.235),
    Variant("equalized", equalized=1),
    Variant("narrow taps, equalized", tap=0.235, equalized=1),
    Variant("finer", finer=1.06),
    Variant("finer, equalized", finer=1.06, equalized=1),
    Variant("finer, equalized, bridges", finer=1.06, equalized=1, ring_links=3),
    Variant("finer, equalized, ring", finer=1.06, equalized=1, ring_links=1),
    Variant("finer, equalized, two offsets", finer=1.06, equalized=1, lattices=2),
    Variant("two passes", finer=1.2, tap=0.19, passes=2, equalized=1),
)


class StageCosts:
    """Milliseconds of the compiled lattice, by the number of its vertices."""

    def __init__(self, image: np.ndarray):
        core = native.Core(native.build_core(), threads=1)
        points = image.shape[0] * image.shape[1]
        values = photographs.values(1, points, CHANNELS)
        output = np.ones_like(values)
        rows = [(0.0,) * 4]
        for sigma_rgb in (30, 15, 12, 10, 8, 6):
            per_pixel = sigma_rgb / 15 * 100 / 513
            features = photographs.features(
                image[None], per_pixel * image.shape[1], sigma_rgb
            )
            rounds = []
            for _ in range(6):
                core.filter(values, features, output)
                rounds.append(core.take_stages())
            stages = {
                name: 1000 * np.median([r[name] for r in rounds[1:]])
                for name in native.STAGES
            }
            by_points = stages["embed"] + stages["splat"] + stages["slice"]
            by_vertices = stages["merge"] + stages["neighbours"] + stages["reduce"]
            rows.append((core.vertices, by_points, by_vertices, stages["blur"]))
        rows.sort()
        self._vertices, points_ms, self._rest, self._blur = np.transpose(rows)
        # Small lattices splat and slice a little faster; that is left out.
        self._points = np.median(points_ms[1:])

    def of(self, variant: Variant, vertices: int) -> float:
        """Estimates the ms of one filter, lattice included."""
        blur = self._at(vertices, self._blur) * variant.passes
        if not variant.symmetric:
            blur /= 2
        return variant.lattices * self._points + self._at(vertices, self._rest) + blur

    def _at(self, vertices, times):
        last = self._vertices[-1]
        beyond = max(1.0, vertices / last)
        return beyond * np.interp(min(vertices, last), self._vertices, times)


def measure(image, sigma_xy, sigma_rgb, num_rows, variants, costs, place=0):
    """Compares variants on one photograph.

    Args:
        image: (H, W, 3) in [0, 255].
        sigma_xy: in pixels.
        sigma_rgb: in intensities.
        num_rows: random pixels at which to compare; all if there are fewer.
        variants: sequence of `Variant`.
        costs: `StageCosts`.
        place: seed of a random shift of the features; 0 for none.

    Returns:
        A list with a row (dict) for each variant: errors in %, vertices, estimated ms.
    """
    features = photographs.features(image[None], sigma_xy, sigma_rgb)[0]
    if place:  # a cell is about 3 wide
        features += np.random.default_rng(place).uniform(0, 3, 5).astype(np.float32)
    maps = [m for k in (2, CHANNELS) for m in accuracy_scores.segmentations(image, k)]
    ones = np.ones((len(features), 1))
    values = np.concatenate([*maps, ones], axis=1).astype(np.float32)
    random = np.random.default_rng(1)
    count = min(num_rows, len(features))
    rows = np.sort(random.choice(len(features), count, replace=False))
    exact = accuracy_scores.exact_rows(values, features, rows)
    found = []
    for variant in variants:
        result = lattices.apply(variant, values, features, rows)
        found.append(
            {
                "variant": variant.name,
                "vertices": result.vertices,
                "ms": costs.of(variant, result.vertices),
                **accuracy_scores.score(
                    [probs[rows] for probs in maps], exact, result.filtered
                ),
                "sum / exact": result.filtered[:, -1].sum() / exact[:, -1].sum(),
                "asymmetry": 100 * result.asymmetry,
            }
        )
    for row in found:
        row["time"] = row["ms"] / found[0]["ms"]
    return found


def mean(groups: list[list[dict]]) -> list[dict]:
    """Averages rows variant by variant, and adds the worst error of the CRF loss."""
    return [
        {
            name: value
            if isinstance(value, str)
            else float(np.mean([row[name] for row in rows]))
            for name, value in rows[0].items()
        }
        | {"CRF, worst": max(row["CRF"] for row in rows)}
        for rows in zip(*groups, strict=True)
    ]


def draw(groups: dict[str, list[dict]], path: pathlib.Path) -> None:
    """Plots errors against time, a column of panels for each group."""
    from matplotlib import figure

    names = {"kernel cut": "kernel cut, error in %", "CRF gradient": "1 - cosine in %"}
    picture = figure.Figure((4.6 * len(groups), 6.4), layout="constrained")
    panels = picture.subplots(len(names), len(groups), squeeze=False)
    for column, (title, rows) in enumerate(groups.items()):
        for panel, (name, label) in zip(panels[:, column], names.items(), strict=True):
            for number, row in enumerate(rows):
                marker = "os^D"[number % 4]
                panel.plot(row["time"], row[name], marker, label=row["variant"])
            panel.set(ylabel=label, title=title, xlabel="time, usual = 1")
            panel.set_ylim(bottom=0)
            panel.grid(alpha=0.3)
    handles, labels = panels[0, 0].get_legend_handles_labels()
    picture.legend(handles, labels, loc="outside right center", fontsize="small")
    with report.new_file(path) as temporary:
        picture.savefig(temporary, dpi=75)


def main(argv):
    del argv
    started = time.time()
    size = _SIZE.value
    images = [photographs.load(name, size, size) for name in _IMAGES.value]
    costs = StageCosts(images[0])
    print(f"{report.processor()}, {size} x {size} pixels, {_ROWS.value} of them exact")
    groups = {}
    for bandwidths in _BANDWIDTHS.value:
        sigma_xy, sigma_rgb = (float(sigma) for sigma in bandwidths.split("/"))
        found = [
            measure(
                *(image, sigma_xy * size / 513, sigma_rgb, _ROWS.value),
                *(VARIANTS, costs, place),
            )
            for image in images
            for place in range(_OFFSETS.value)
        ]
        groups[bandwidths] = mean(found)
        columns = [name for name in groups[bandwidths][0] if name != "ms"]
        places = f"{_OFFSETS.value} place(s)"
        names = ", ".join(_IMAGES.value)
        print(f"\n{bandwidths}, mean of {names}, {places}; errors in %")
        print(report.table(groups[bandwidths], columns), flush=True)
    folder = pathlib.Path(_OUTPUT.value)
    all_rows = [{"bandwidths": b, **row} for b, rows in groups.items() for row in rows]
    report.write_csv(all_rows, folder / "accuracy.csv")
    draw(groups, folder / "accuracy.png")
    print(f"\n{time.time() - started:.0f} s in all; CSV and plot are in {folder}/")


if __name__ == "__main__":
    app.run(main)
