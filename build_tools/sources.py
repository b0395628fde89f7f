"""Lists the C++ sources, as paths relative to `ROOT`, and their compiler flags."""

from pathlib import Path

from build_tools.toolchain import compiles_for_x86

ROOT = Path(__file__).resolve().parent.parent
# These two are plain C++17 without TensorFlow. The GPU's kernels are compiled when
# they are first used.
LATTICE = Path("custom_ops/lattice")
GPU = Path("custom_ops/gpu")
TENSORFLOW = Path("custom_ops/tensorflow")
PORTABLE = Path("custom_ops/portable")  # part of both libraries for TensorFlow

# Without contraction every instruction set rounds alike, and so finds the same
# lattice points. custom_ops/BUILD repeats all flags, and a test compares them.
COMMON_FLAGS = ["-std=c++17", "-O3", "-fPIC", "-ffp-contract=off", "-pthread"]
# The lattice runs these only on processors that have the instructions, so no other
# file may use their flags.
X86_KERNELS = {
    "kernels_avx2.cc": ["-mavx2", "-mfma", "-mf16c"],
    "kernels_avx512.cc": [
        "-mavx512f",
        "-mavx512vl",
        "-mavx512dq",
        "-mavx512bw",
        "-mavx2",
        "-mfma",
        "-mf16c",
    ],
}


def _sources(folder: Path) -> list[Path]:
    found = sorted(path.relative_to(ROOT) for path in (ROOT / folder).glob("*.cc"))
    return [path for path in found if not path.name.endswith("_test.cc")]


def lattice_sources() -> list[Path]:
    """Returns the lattice's sources for the processor that is compiled for."""
    found = _sources(LATTICE)
    if compiles_for_x86():
        return found
    return [path for path in found if path.name not in X86_KERNELS]


def lattice_tests() -> list[Path]:
    """Returns the C++ tests of the lattice; each file is a program."""
    return sorted(p.relative_to(ROOT) for p in (ROOT / LATTICE).glob("*_test.cc"))


def gpu_sources() -> list[Path]:
    """Returns the sources that compile and launch the GPU kernels."""
    return [*_sources(GPU / "driver"), *_sources(GPU / "launch")]


def gpu_text() -> list[Path]:
    """Returns the files whose text driver/device_text.cc holds: the GPU kernels."""
    found = (path.relative_to(ROOT) for path in (ROOT / GPU / "kernels").iterdir())
    shared = [LATTICE / "self_affinity.h", LATTICE / "vertex_key.h"]
    return sorted([*found, *shared])


def gpu_c_api() -> list[Path]:
    """Returns the sources of the C interface, for programs without TensorFlow."""
    return _sources(GPU / "c_api")


def gpu_shim() -> list[Path]:
    """Returns the sources that run the GPU kernels on a processor, for tests."""
    return _sources(GPU / "on_cpu")


def gpu_tests() -> list[Path]:
    """Returns the C++ tests of the GPU kernels; each file is a program."""
    return sorted(p.relative_to(ROOT) for p in (ROOT / GPU).glob("*/*_test.cc"))


def portable_sources() -> list[Path]:
    """Returns the sources by which a library runs on machines with older libraries."""
    return _sources(PORTABLE)


def tensorflow_sources() -> list[Path]:
    """Returns the sources of the ops and their kernels."""
    return [path for path in _sources(TENSORFLOW) if not _is_for_xla(path)]


def xla_sources() -> list[Path]:
    """Returns the sources of the XLA kernels and of what they call."""
    return [path for path in _sources(TENSORFLOW) if _is_for_xla(path)]


def _is_for_xla(path: Path) -> bool:
    return path.stem.endswith("_xla") or "_ffi" in path.stem


def lattice_flags(source: Path) -> list[str]:
    """Returns the compiler flags of a file in `LATTICE`."""
    # -Wpsabi is about passing vectors between objects of different compilers.
    flags = [*COMMON_FLAGS, "-Wall", "-Wno-psabi"]
    if compiles_for_x86():
        flags += ["-DRLOSS_HAVE_X86_KERNELS", *X86_KERNELS.get(source.name, [])]
    return flags


def portable_flags() -> list[str]:
    """Returns the compiler flags of a file in `PORTABLE`."""
    return [*COMMON_FLAGS, "-Wall"]


def gpu_flags() -> list[str]:
    """Returns the compiler flags of a file in `GPU`."""
    # The pragmas of the kernels are meant for NVIDIA's compiler.
    return [*COMMON_FLAGS, "-Wall", "-Wno-psabi", "-Wno-unknown-pragmas"]


def tensorflow_flags() -> list[str]:
    """Returns the compiler flags of a file in `TENSORFLOW`, without header folders.

    They hold those of `tf.sysconfig.get_compile_flags()`, a function that cannot be
    called without importing TensorFlow. NDEBUG is there because TensorFlow was
    compiled with it, and headers that both share (Abseil's) depend on it.
    """
    return [
        *COMMON_FLAGS,
        "-D_GLIBCXX_USE_CXX11_ABI=1",
        "-DEIGEN_MAX_ALIGN_BYTES=64",
        "-DNDEBUG",
        "-w",  # TensorFlow's headers are full of warnings
    ]
