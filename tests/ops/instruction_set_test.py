"""Kernels for older processors work in TensorFlow, and give the same bits."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Both widths of rows, keys of 64 and of 128 bits, equalized weights, the losses'
# forms, mean field.
PROGRAM = """
import sys
import numpy as np
from tf_rloss import losses, ops

random = np.random.default_rng(1)
results = []
for dtype in (np.float32, np.float64):
    for dim, channels in ((5, 21), (5, 2), (7, 3)):
        features = random.normal(0, 5, (2, 3001, dim)).astype(dtype)
        values = random.normal(size=(2, 3001, channels)).astype(dtype)
        results.append(ops.permutohedral_filter(values, features, symmetric=True))
    for dim in range(1, 9):
        features = random.normal(0, 5, (1, 300, dim)).astype(dtype)
        values = random.normal(size=(1, 300, 2)).astype(dtype)
        results.append(ops.permutohedral_filter(values, features, equalized=True))
image = random.uniform(0, 255, (1, 40, 31, 3)).astype(np.float32)
probs = random.dirichlet(np.ones(4), (1, 40, 31)).astype(np.float32)
results.append(losses.kernel_cut_loss(image, probs, sigma_xy=20.0, sigma_rgb=15.0))
kernels = [ops.bilateral_kernel(image, sigma_xy=20.0, sigma_rgb=15.0)]
results.append(ops.mean_field(np.log(probs), kernels, [2.0], iterations=3))
sys.stdout.buffer.write(b"".join(np.asarray(r).tobytes() for r in results))
"""


def digest(instruction_set):
    """Returns the hash of the program's output under a value of `RLOSS_ISA`."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={**os.environ, "RLOSS_ISA": instruction_set},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    assert len(done.stdout) > 1_000_000
    return hashlib.sha256(done.stdout).hexdigest()


@pytest.fixture(scope="module")
def best():
    return digest("")


@pytest.mark.slow
@pytest.mark.parametrize("instruction_set", ["baseline", "avx2"])
def test_kernels_for_older_processors_give_the_bits_of_the_best(instruction_set, best):
    assert digest(instruction_set) == best
