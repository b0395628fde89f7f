"""The benchmark for GPU machines: its logic, on a processor in place of the GPU."""

import csv
import sys

import numpy as np
import pytest

from benchmarks import gpu
from benchmarks.gpu_kernels import filter_checks, form_checks, scene
from benchmarks.gpu_kernels.arrays import HostArrays
from benchmarks.gpu_kernels.c_structs import Forms
from benchmarks.gpu_kernels.library import GpuError, GpuLibrary


@pytest.fixture
def harness(library_path, fakes, run_python):
    """Runs benchmarks/gpu.py as on a machine with a GPU."""

    def run(*arguments):
        own = ["--arrays=host", f"--library={library_path}", "--quick", "--runs=2"]
        script = "benchmarks/gpu.py"
        return run_python(script, *own, *arguments, LD_LIBRARY_PATH=fakes)

    return run


@pytest.mark.slow
def test_all_checks_hold_on_the_processor(harness):
    done = harness("--only=checks")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    same = ["2 runs, the same bits: yes", "2 runs, the same bits of forms: yes"]
    assert lines[-2:] == same
    cases = [line for line in lines if line.endswith("True")]
    assert len([case for case in cases if ", region" in case]) == 21
    assert len([case for case in cases if ", equalized" in case]) == 20
    assert len(cases) > 85 and not [line for line in lines if "False" in line]


def test_times_come_as_tables_and_csv(harness, tmp_path):
    file = tmp_path / "times.csv"
    sizes = ["--size=17", "--batch=2", "--channels=3"]
    done = harness("--only=times", *sizes, f"--csv={file}")
    assert done.returncode == 0, done.stdout + done.stderr
    with file.open() as opened:
        rows = list(csv.DictReader(opened))
    assert [row["goal ms"] for row in rows] == ["0.8", "", "", "", "", "0.8", "", ""]
    assert all(float(row["median ms"]) >= float(row["least ms"]) > 0 for row in rows)
    kernels = [line.split()[0] for line in done.stdout.splitlines()]
    # Of the filter, and of the loss: one for both axes of each pair of the six.
    assert kernels.count("rloss_blur_two") == 6 and kernels.count("read_back") == 2
    assert kernels.count("rloss_slice") == kernels.count("rloss_slice_forms") == 1
    assert kernels.count("rloss_make_features") == kernels.count("rloss_mix_forms") == 1


def test_no_gpu_is_said_in_one_line(run_python):
    done = run_python("benchmarks/gpu.py", CUDA_VISIBLE_DEVICES="-1")
    assert done.returncode == 2 and not done.stderr
    (line,) = done.stdout.splitlines()
    assert line.startswith("No GPU to run on, or no PyTorch or CuPy to reach it")


def test_missing_driver_is_said_in_one_line(library_path, run_python, tmp_path):
    arguments = ["--arrays=host", f"--library={library_path}", "--quick"]
    done = run_python("benchmarks/gpu.py", *arguments, LD_LIBRARY_PATH=tmp_path)
    assert done.returncode == 1 and not done.stderr
    assert "libcuda.so.1" in done.stdout.splitlines()[-1]


def test_unknown_arguments_are_refused():
    with pytest.raises(SystemExit):
        gpu.parse(["--arrays=jax"])


def test_wrong_output_is_no_pass(monkeypatch):
    # Whatever the library does: NaN, nothing written, or a small error.
    arrays = HostArrays()

    class Library:
        def filter_on_cpu(self, values, *_):
            return values

    for wrong, ok in ((np.nan, False), (77.0, False), (1 + 1e-4, False), (1.0, True)):
        monkeypatch.setattr(
            filter_checks,
            "run_filter",
            lambda library, arrays, values, *_, wrong=wrong: values * wrong,
        )
        with np.errstate(invalid="ignore"):  # NaN as bits of another type
            rows = list(filter_checks.check_values(Library(), arrays, quick=True))
        kept = [row["ok"] for row in rows if row["type"] == "float32"]
        assert kept and set(kept) == {ok}


@pytest.fixture(scope="module")
def library(library_path):
    return GpuLibrary(library_path, HostArrays())


@pytest.mark.parametrize("has_region", (False, True))
def test_forms_to_compare_with_are_those_of_the_filter(library, has_region):
    case = form_checks.Case.random(7, 9, 3, has_region).astype("float64")
    actual = form_checks.run_on_cpu(library, case)
    y, x = np.mgrid[:7, :9]
    position = np.broadcast_to(np.stack([x, y], axis=-1), (2, 7, 9, 2))
    scales = (1 / case.bandwidths.xy, 1 / case.bandwidths.rgb)
    parts = [position * scales[0], case.image * scales[1]]
    features = np.concatenate(parts, axis=-1).reshape(2, 63, 5)
    region = np.ones((2, 63)) if case.region is None else case.region

    def filtered_by(values):  # R W R values
        given = np.ascontiguousarray(region[..., None] * values)
        by_filter = library.filter_on_cpu(given, features, "symmetric")
        return region[..., None] * by_filter

    filtered = filtered_by(case.values)
    degrees = filtered_by(np.ones((2, 63, 1)))
    expected = [
        filtered,
        degrees[..., 0],
        (case.values * filtered).sum(1),
        (case.values * degrees).sum(1),
        degrees.sum((1, 2)),
        2 * case.within[:, None] * filtered + case.degree[:, None] * degrees,
    ]
    for one, other in zip(actual, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)  # rounding of some sums


def test_forms_of_other_types_are_refused(library):
    case = form_checks.Case.random(1, 1, 1, False).astype("float16")
    with pytest.raises(GpuError, match="Received: type=2"):
        form_checks.run_on_cpu(library, case)
    with pytest.raises(GpuError, match="Received: type=2"):
        form_checks.run_forms(library, HostArrays(), case)


@pytest.mark.parametrize("output", range(len(form_checks.NAMES)))
def test_one_wrong_form_is_no_pass(monkeypatch, output):
    right = [*Forms.full(2, 5, 3, "float32"), np.full((2, 5, 3), 77, "float32")]
    monkeypatch.setattr(form_checks, "run_on_cpu", lambda *_: right)
    for wrong, ok in ((np.nan, False), (0.0, False), (1 + 1e-4, False), (1.0, True)):
        given = [x * wrong if i == output else x for i, x in enumerate(right)]
        monkeypatch.setattr(form_checks, "run_forms", lambda *_, x=given: x)
        rows = list(form_checks.check_values(None, None, quick=True))
        kept = [row["ok"] for row in rows if row["type"] == "float32"]
        assert kept and set(kept) == {ok}
        names = {row["worst"] for row in rows}
        assert ok or names == {form_checks.NAMES[output]}


def test_bfloat16_rounds_to_nearest_even():
    numbers = np.array([1.0, -2.5, 1.00390625, 1.01171875, 3e38], np.float32)
    rounded = filter_checks.from_bfloat16(filter_checks.to_bfloat16(numbers))
    expected = np.array([1.0, -2.5, 1.0, 1.015625, 3.004e38], np.float32)
    np.testing.assert_allclose(rounded, expected, rtol=1e-4)


def test_there_is_a_picture_without_photographs(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage", None)
    picture = scene.picture(40, 50, seed=3)
    assert picture.shape == (40, 50, 3)
    assert 0 <= picture.min() < picture.max() <= 255
    features = scene.features(40, 50, batch=2)
    assert features.shape == (2, 2000, 5) and np.any(features[0] != features[1])
