"""The ops have kernels for GPUs, and a machine without one never notices."""

import pytest
from tensorflow.python.framework import kernels

from tf_rloss.ops import library

# Uses the op on the CPU, then looks for what only a GPU needs.
USE = """
import numpy as np
from tf_rloss import ops
ops.permutohedral_filter(np.ones((1, 9, 2), "float32"), np.zeros((1, 9, 5), "float32"))
opened = open("/proc/self/maps").read()
print("librloss_ops" in opened, "libcuda" in opened, "nvrtc" in opened)
"""


def types_of(op, device):
    library.load()
    found = set()
    for kernel in kernels.get_registered_kernels_for_op(op).kernel:
        if kernel.device_type == device:
            found.add(
                tuple(
                    (constraint.name, *constraint.allowed_values.list.type)
                    for constraint in kernel.constraint
                )
            )
    return found


@pytest.mark.parametrize(
    "op, count",
    [
        ("Rloss>PermutohedralFilter", 4),
        ("Rloss>PermutohedralLattice", 2),
        ("Rloss>PermutohedralLatticeFilter", 4),
        ("Rloss>BilateralForms", 2),
        ("Rloss>BilateralFormsGradient", 2),
    ],
)
def test_gpu_has_the_kernels_of_the_cpu(op, count):
    on_cpu = types_of(op, "CPU")
    assert len(on_cpu) == count
    assert types_of(op, "GPU") == on_cpu


@pytest.mark.slow
def test_cpu_op_opens_no_library_of_nvidia(run_python):
    done = run_python("-c", USE)
    assert done.stdout.split() == ["True", "False", "False"], done.stderr
