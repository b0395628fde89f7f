"""The C++ sources and the compiler flags of each."""

from pathlib import Path

from build_tools.toolchain import compiles_for_x86

ROOT = Path(__file__).resolve().parent.parent
LATTICE = Path("custom_ops/lattice")  # C++17 only, no TensorFlow
GPU = Path("custom_ops/gpu")  # the same; its kernels are compiled at run time
TENSORFLOW = Path("custom_ops/tensorflow")

# Without contraction every instruction set rounds alike, and so finds the same
# lattice points. custom_ops/BUILD repeats all flags, and a test compares them.
COMMON_FLAGS = ["-std=c++17", "-O3", "-fPIC", "-ffp-contract=off", "-pthread"]
# Chosen at run time by what the processor has; nothing else may use these flags.
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
    """The lattice's sources for the compiler's processor, relative to `ROOT`."""
    found = _sources(LATTICE)
    if compiles_for_x86():
        return found
    return [path for path in found if path.name not in X86_KERNELS]


def lattice_tests() -> list[Path]:
    """The C++ tests of the lattice, each a program of its own."""
    return sorted(p.relative_to(ROOT) for p in (ROOT / LATTICE).glob("*_test.cc"))


def gpu_sources() -> list[Path]:
    """The sources that compile and launch the GPU kernels, relative to `ROOT`."""
    return [*_sources(GPU / "driver"), *_sources(GPU / "launch")]


def gpu_text() -> list[Path]:
    """The device code, which one of the launcher's objects holds as text."""
    found = (path.relative_to(ROOT) for path in (ROOT / GPU / "kernels").iterdir())
    shared = [LATTICE / "self_affinity.h", LATTICE / "vertex_key.h"]
    return sorted([*found, *shared])


def gpu_c_api() -> list[Path]:
    """The sources of the C interface, for programs without TensorFlow."""
    return _sources(GPU / "c_api")


def gpu_shim() -> list[Path]:
    """The sources that run the device code on a processor, for tests."""
    return _sources(GPU / "on_cpu")


def gpu_tests() -> list[Path]:
    """The C++ tests of the GPU kernels on the shim, each a program of its own."""
    return sorted(p.relative_to(ROOT) for p in (ROOT / GPU).glob("*/*_test.cc"))


def tensorflow_sources() -> list[Path]:
    """The sources of the ops and their kernels, relative to `ROOT`."""
    return [path for path in _sources(TENSORFLOW) if not _is_for_xla(path)]


def xla_sources() -> list[Path]:
    """The sources of the XLA kernels and what they call, relative to `ROOT`."""
    found = [path for path in _sources(TENSORFLOW) if _is_for_xla(path)]
    return sorted(found, key=lambda path: "_ffi" in path.name)  # slow ones first


def _is_for_xla(path: Path) -> bool:
    return path.stem.endswith("_xla") or "_ffi" in path.stem


def lattice_flags(source: Path) -> list[str]:
    """The compiler flags of a file in `LATTICE`."""
    # The notes of -Wpsabi are about passing vectors between compilers; none does.
    flags = [*COMMON_FLAGS, "-Wall", "-Wno-psabi"]
    if compiles_for_x86():
        flags += ["-DRLOSS_HAVE_X86_KERNELS", *X86_KERNELS.get(source.name, [])]
    return flags


def gpu_flags() -> list[str]:
    """The compiler flags of a file in `GPU`."""
    # Loops are marked for the device's compiler.
    return [*COMMON_FLAGS, "-Wall", "-Wno-psabi", "-Wno-unknown-pragmas"]


def tensorflow_flags() -> list[str]:
    """The compiler flags of a file in `TENSORFLOW`, the folder of headers apart.

    They say what `tf.sysconfig.get_compile_flags()` does, which would have to import
    TensorFlow; and NDEBUG, because TensorFlow was compiled with it and headers that
    both share (Abseil's) depend on it.
    """
    return [
        *COMMON_FLAGS,
        "-D_GLIBCXX_USE_CXX11_ABI=1",
        "-DEIGEN_MAX_ALIGN_BYTES=64",
        "-DNDEBUG",
        "-w",  # TensorFlow's headers are full of warnings
    ]
