"""Builds the GPU filter as a library for ctypes, and stand-ins for NVIDIA's libraries.

    python -m build_tools.gpu_library build/gpu

builds `librloss_gpu.so` there, which needs neither TensorFlow nor a CUDA toolkit.
"""

import sys
from pathlib import Path

from build_tools import compiler, cpp_tests, find_tensorflow, library, sources

FILE_NAME = "librloss_gpu.so"
FAKES = {"fake_driver": "libcuda.so.1", "fake_nvrtc": "libnvrtc.so.12"}


def build(folder: Path) -> Path:
    """Builds the library of custom_ops/gpu/c_api/c_api.h; returns its path."""
    calls = library.lattice_calls() + library.gpu_calls()
    calls += compiler.calls(sources.gpu_c_api(), sources.gpu_flags())
    target = folder / FILE_NAME
    compiler.link(compiler.in_parallel(calls), compiler.SHARED, target)
    return target


def build_fakes(folder: Path) -> None:
    """Builds libraries that run kernels on this processor, under NVIDIA's names.

    A process that finds them on its `LD_LIBRARY_PATH` believes it has a GPU.
    """
    calls = cpp_tests.shim_calls() + library.gpu_calls()
    objects = compiler.in_parallel(calls)
    for name, target in FAKES.items():
        source = sources.GPU / "on_cpu" / "fake" / f"{name}.cc"
        own = compiler.compile_object(source, sources.gpu_flags())
        # Its functions must not take the place of the caller's own.
        flags = [*compiler.SHARED, f"-Wl,-soname,{target}", "-Wl,-Bsymbolic"]
        compiler.link([own, *objects], flags, folder / target)


def build_ops_on_shim(folder: Path) -> Path:
    """Builds the ops with their GPU kernels for the CPU; returns the library's path."""
    tensorflow = find_tensorflow.find_for_build()
    source = sources.GPU / "on_cpu" / "fake" / "tensorflow_on_shim.cc"
    calls = library.tensorflow_calls([source], tensorflow)
    calls += library.lattice_calls() + library.gpu_calls()
    flags = [*compiler.SHARED, *tensorflow.link_flags]
    target = folder / "librloss_ops_on_shim.so"
    compiler.link(compiler.in_parallel(calls), flags, target)
    return target


if __name__ == "__main__":
    print(f"built {build(Path(sys.argv[1]))}")
