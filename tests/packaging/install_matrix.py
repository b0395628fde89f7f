"""Installs the package into fresh environments and tries each; run it by hand.

    python tests/packaging/install_matrix.py --python python3.10 python3.13 \\
        --tensorflow none tensorflow-cpu --mode wheel editable --isolation yes no
    python tests/packaging/install_matrix.py --python python3.10 python3.13 \\
        --tensorflow none tensorflow --package dist/tf_rloss-*.whl

makes every combination, prints a row for each, and fails if one failed. A
combination takes one to three minutes and downloads what pip has not cached. A package
that `make wheels` built is installed without a compiler, and runs README's first lines.
"""

import argparse
import itertools
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from build_tools import find_tensorflow  # noqa: E402

# Run in an empty folder with the environment's Python.
TRY = """
import json, importlib.metadata, sys
import tf_rloss, tf_rloss_trainers
from tf_rloss import ops
maps = open("/proc/self/maps").read()
assert "librloss_ops" not in maps, "importing loads the library"
import numpy, tensorflow as tf
image = numpy.random.default_rng(0).uniform(0, 255, (1, 9, 7, 3)).astype("float32")
values = numpy.ones((1, 9, 7, 2), "float32")
filtered = ops.bilateral_filter(values, image, sigma_xy=5.0, sigma_color=20.0).numpy()
assert numpy.isfinite(filtered).all() and (filtered > 0).all()
compiled = tf.function(ops.permutohedral_filter, jit_compile=True)
same = compiled(values.reshape(1, 63, 2), image.reshape(1, 63, 3) / 20)
assert same.shape == (1, 63, 2) and ops.has_xla_kernels()
print(json.dumps({
    "tensorflow": {d.name: d.version for d in importlib.metadata.distributions()
                   if d.name.replace("_", "-") in ("tensorflow", "tensorflow-cpu")},
    "requires": [r for r in importlib.metadata.requires("tf_rloss")
                 if r.startswith("tensorflow") and "extra" not in r],
    "at": tf_rloss.__file__,
}))
"""


def run(command, **options):
    """Runs a command and returns what it printed; a failure shows all of it."""
    done = subprocess.run(
        [str(part) for part in command],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **options,
    )
    if done.returncode:
        raise RuntimeError(f"{command}\n{done.stdout[-6000:]}")
    return done.stdout


def copy_tree(target: Path) -> None:
    """Copies what git knows or would add: no library, no object file."""
    listed = ["git", "ls-files", "-co", "--exclude-standard"]
    for name in run(listed, cwd=ROOT).splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def make_environment(folder: Path, python: str, tensorflow: str) -> list:
    """Makes a virtual environment; returns its command for `pip install`."""
    run([python, "-m", "venv", folder])
    pip = [folder / "bin/python", "-m", "pip", "-q", "install"]
    if tensorflow != "none":
        exact = "=" in tensorflow
        run([*pip, tensorflow + ("" if exact else find_tensorflow.supported_range())])
    return pip


def try_package(folder: Path, python: str, tensorflow: str, package: Path) -> str:
    """Installs a wheel where no compiler is found; returns what was seen."""
    environment = folder / "venv"
    pip = make_environment(environment, python, tensorflow)
    alone = {
        **os.environ,
        "PATH": str(environment / "bin"),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first_lines = re.search(r"```python\n(.*?)```", readme, re.DOTALL).group(1)
    started = time.monotonic()
    run([*pip, package.resolve()], cwd=folder, env=alone)
    installed = time.monotonic()
    printed = run(["python", "-c", first_lines], cwd=folder, env=alone)
    first_value = time.monotonic()
    assert math.isfinite(float(printed.splitlines()[-1])), printed
    seen = json.loads(
        run(["python", "-c", TRY], cwd=folder, env=alone).splitlines()[-1]
    )
    run(["tf-rloss-scribble", "--help"], cwd=folder, env=alone)
    assert Path(seen["at"]).is_relative_to(environment), seen
    names = " ".join(
        f"{name} {seen['tensorflow'][name]}" for name in seen["tensorflow"]
    )
    return (
        f"{names}, installed in {installed - started:.0f} s, "
        f"first value {first_value - installed:.0f} s later"
    )


def try_one(folder: Path, python: str, tensorflow: str, mode: str, isolation: str):
    """Makes one environment in `folder` and returns what was seen in it."""
    checkout, environment, empty = (folder / n for n in ("checkout", "venv", "empty"))
    copy_tree(checkout)
    empty.mkdir()
    pip = make_environment(environment, python, tensorflow)
    arguments = ["-e", checkout] if mode == "editable" else [checkout]
    if isolation == "no":
        run([*pip, "setuptools>=70.1"])
        arguments.insert(0, "--no-build-isolation")
    started = time.monotonic()
    run([*pip, *arguments], cwd=empty)
    seconds = time.monotonic() - started
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    printed = run([environment / "bin/python", "-c", TRY], cwd=empty, env=quiet)
    seen = json.loads(printed.splitlines()[-1])
    run([environment / "bin/tf-rloss-scribble", "--help"], cwd=empty, env=quiet)

    expected = "tensorflow-cpu" if tensorflow == "none" else tensorflow.split("=")[0]
    names = [name.replace("_", "-") for name in seen["tensorflow"]]
    assert names == [expected], seen
    assert [r.split("<")[0].split(">")[0] for r in seen["requires"]] == [expected], seen
    installed = Path(seen["at"])
    assert installed.is_relative_to(checkout if mode == "editable" else environment)
    version = next(iter(seen["tensorflow"].values()))
    return f"{expected} {version}, {seconds:.0f} s"


def main() -> int:
    """Tries every combination and returns how many failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", nargs="+", default=[sys.executable])
    parser.add_argument("--tensorflow", nargs="+", default=["none", "tensorflow-cpu"])
    parser.add_argument("--mode", nargs="+", default=["wheel", "editable"])
    parser.add_argument("--isolation", nargs="+", default=["yes"])
    parser.add_argument("--package", type=Path, help="a wheel, in place of this tree")
    parser.add_argument("--folder", help="where the environments go while they live")
    flags = parser.parse_args()
    failed = 0
    if flags.package:
        function, others = try_package, [[flags.package]]
    else:
        function, others = try_one, [flags.mode, flags.isolation]
    for case in itertools.product(flags.python, flags.tensorflow, *others):
        if case[1] == "none" and case[-1] == "no":
            continue  # without isolation the environment must have TensorFlow
        with tempfile.TemporaryDirectory(dir=flags.folder) as folder:
            try:
                result = "ok: " + function(Path(folder).resolve(), *case)
            except (RuntimeError, AssertionError) as error:
                failed += 1
                result = f"FAILED: {error}"
        print(" | ".join([Path(case[0]).name, *map(str, case[1:]), result]), flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
