"""The build backend: setuptools, which also requires TensorFlow if there is none.

The build needs TensorFlow's headers. A static build requirement would always bring a
TensorFlow of its own, perhaps of another version than the one the package will run
with.
"""

from setuptools import build_meta
from setuptools.build_meta import (
    build_editable,
    build_sdist,
    build_wheel,
    get_requires_for_build_sdist,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

from build_tools import find_tensorflow

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]


def _tensorflow() -> list[str]:
    found = find_tensorflow.find_in_environment()
    return [] if found else [find_tensorflow.build_requirement()]


def get_requires_for_build_wheel(config_settings=None):
    """Returns what a wheel's build requires: TensorFlow too, if the target has none."""
    return build_meta.get_requires_for_build_wheel(config_settings) + _tensorflow()


def get_requires_for_build_editable(config_settings=None):
    """Returns what an editable install requires, as for a wheel."""
    return build_meta.get_requires_for_build_editable(config_settings) + _tensorflow()
