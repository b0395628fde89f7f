"""XLA's handlers for GPUs, called without a GPU by programs that play XLA."""

import subprocess

import pytest

from build_tools import compiler, cpp_tests, find_tensorflow, sources, xla_library


@pytest.mark.slow
@pytest.mark.parametrize("op", ["permutohedral_filter", "bilateral_forms"])
def test_the_handler_runs_the_gpu_kernels_in_memory_of_xla(op):
    handler = sources.TENSORFLOW / f"{op}_ffi_cuda.cc"
    tensorflow = find_tensorflow.find_for_build()
    of_tensorflow = [
        compiler.compile_object(
            path,
            sources.tensorflow_flags(),
            headers=xla_library.include_folders(tensorflow),
            salt=tensorflow.salt,
        )
        for path in (handler, handler.with_name(f"{handler.stem}_test.cc"))
    ]
    # The program has a GPU of its own.
    others = [
        made
        for made in cpp_tests.gpu_test_objects()
        if not made.name.startswith("cuda_device")
    ]
    program = of_tensorflow[1].with_suffix("")
    flags = ["-pthread", "-ldl", f"-L{tensorflow.folder}"]
    flags += [f"-l:{find_tensorflow.FRAMEWORK}", f"-Wl,-rpath,{tensorflow.folder}"]
    compiler.link([*of_tensorflow, *others], flags, program)
    done = subprocess.run(
        [sources.ROOT / program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert done.returncode == 0, done.stdout.decode()
