"""The choice of the compiled library, and the errors when none fits."""

import subprocess
import sys

import pytest
import tensorflow as tf

from tf_rloss.ops import library


def test_library_of_the_running_version_is_found_among_several(tmp_path):
    for version in ("2.20", "2.21"):
        (tmp_path / f"librloss_ops-tf{version}.so").touch()
    found = library.find_library(tmp_path, "2.21.3")
    assert found.name == "librloss_ops-tf2.21.so"


def test_library_of_another_version_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "librloss_ops-tf2.20.so").touch()
    with pytest.raises(library.LibraryError) as raised:
        library.find_library(tmp_path, "2.21.0")
    message = str(raised.value)
    assert "built for TensorFlow 2.20 but TensorFlow 2.21.0" in message
    assert "pip install" in message and "\n" not in message


def test_missing_library_says_how_to_build_it(tmp_path):
    with pytest.raises(library.LibraryError, match=r"missing .* run `pip install"):
        library.find_library(tmp_path, "2.21.0")


def test_without_xla_kernels_the_ops_still_load(tmp_path):
    assert not library.load_xla_kernels(tmp_path / "librloss_ops-tf2.21.so")


def test_broken_xla_kernels_are_a_warning_that_says_what_is_lost(tmp_path):
    (tmp_path / "librloss_xla-tf2.21.so").write_text("not a library")
    with pytest.warns(UserWarning, match=r"jit_compile=True.*run `pip install"):
        assert not library.load_xla_kernels(tmp_path / "librloss_ops-tf2.21.so")


def test_no_xla_kernels_where_the_library_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(library, "_FOLDER", tmp_path)
    library.load.cache_clear()
    try:
        assert not library.has_xla_kernels()
    finally:
        library.load.cache_clear()


def test_no_xla_kernels_for_a_device_that_the_filter_does_not_know(monkeypatch):
    devices = tf.config.list_physical_devices("CPU")
    devices.append(tf.config.PhysicalDevice("/physical_device:TPU:0", "TPU"))
    assert library.has_xla_kernels()
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda: devices)
    assert not library.has_xla_kernels()


@pytest.mark.slow
def test_importing_the_package_loads_no_library_and_starts_no_device():
    code = (
        "import tf_rloss, tensorflow as tf\n"
        "from tensorflow.python.eager import context\n"
        "assert tf_rloss.ops.library.load.cache_info().currsize == 0\n"
        "assert context.context()._context_handle is None\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
