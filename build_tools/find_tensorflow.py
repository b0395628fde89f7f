"""Finds the TensorFlow to build against and to require, without importing it.

The op library fits one minor version of TensorFlow, so it is built against the
TensorFlow of the environment that the package is installed into. pip builds in
another environment, but there `sysconfig` and `site` still name the folders of the
first one.
"""

import dataclasses
import importlib.metadata
import os
import re
import shutil
import site
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

SUPPORTED = ("2.20", "2.21")  # minor versions that the tests ran with, in order
DISTRIBUTIONS = ("tensorflow", "tensorflow-cpu", "tf-nightly", "tf-nightly-cpu")
FRAMEWORK = "libtensorflow_framework.so.2"
FOLDERS = "RLOSS_TENSORFLOW_FOLDERS"
"""Variable of the environment by which `build_tools.wheels` has a wheel built for
several TensorFlows: the folders of packages that hold them, with colons between."""
NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")  # exists while it is loaded


@dataclasses.dataclass(frozen=True)
class TensorFlow:
    """An installed TensorFlow.

    Attributes:
        distribution: its name for pip, one of `DISTRIBUTIONS`.
        version: its version for pip, e.g. "2.21.0".
        folder: the folder that holds `include/` and `FRAMEWORK`.
    """

    distribution: str
    version: str
    folder: Path

    @property
    def minor_version(self) -> str:
        """Major and minor number, e.g. "2.21"."""
        return ".".join(self.version.split(".")[:2])

    @property
    def include(self) -> Path:
        """The folder of the C++ headers."""
        return self.folder / "include"

    @property
    def link_flags(self) -> list[str]:
        """The linker's flags of a library that calls it."""
        return [f"-L{self.folder}", f"-l:{FRAMEWORK}"]

    @property
    def salt(self) -> str:
        """A text that differs for each TensorFlow, as names of objects do."""
        return f"{self.distribution} {self.version}"

    @property
    def is_release(self) -> bool:
        """Whether this is a final release (no nightly, no candidate)."""
        plain = re.fullmatch(r"\d+(\.\d+)+(\.post\d+)?(\+.*)?", self.version)
        return plain is not None and not self.distribution.startswith("tf-nightly")

    @property
    def requirement(self) -> str:
        """The requirement, in pip's words, of a library that is built against this."""
        if not self.is_release:
            return f"{self.distribution}=={self.version}"
        return self.distribution + _range(self.minor_version, self.minor_version)


def _range(first: str, last: str) -> str:
    major, minor = last.split(".")
    return f">={first},<{major}.{int(minor) + 1}"


def environment_folders() -> list[Path]:
    """Returns the folders of packages where the package will be installed."""
    own = [sysconfig.get_path("platlib"), sysconfig.get_path("purelib")]
    folders = own + site.getsitepackages()
    if sys.prefix == sys.base_prefix:  # in a virtual environment they do not count
        folders.append(site.getusersitepackages())
    if own[1] in sys.path:  # else this is pip's own environment for the build
        folders += sys.path
    return [Path(folder) for folder in dict.fromkeys(folders) if folder]


def find(folders: Iterable[Path]) -> TensorFlow | None:
    """Returns the first complete TensorFlow in `folders`, or None.

    Raises:
        SystemExit: it is a release outside of `SUPPORTED`.
    """
    for folder in folders:
        package = Path(folder) / "tensorflow"
        if not ((package / "include").is_dir() and (package / FRAMEWORK).is_file()):
            continue
        versions = {}
        for found in importlib.metadata.distributions(path=[str(folder)]):
            name = re.sub(r"[-_.]+", "-", found.metadata["Name"] or "").lower()
            versions[name] = found.version
        for name in DISTRIBUTIONS:
            if name in versions:
                return _checked(TensorFlow(name, versions[name], package))
    return None


def _checked(found: TensorFlow) -> TensorFlow:
    if found.is_release and found.minor_version not in SUPPORTED:
        raise SystemExit(
            f"tf_rloss supports TensorFlow {' and '.join(SUPPORTED)}, but this "
            f"environment has {found.distribution} {found.version}. "
            f'Run: pip install "{found.distribution}{supported_range()}"'
        )
    return found


def find_in_environment() -> TensorFlow | None:
    """Returns the TensorFlow that the package will run with, or None without one."""
    return find(environment_folders())


def find_for_build() -> TensorFlow | None:
    """Returns the TensorFlow to build against: the environment's, else the build's."""
    return find_in_environment() or find(Path(folder) for folder in sys.path)


def find_all_for_build() -> list[TensorFlow]:
    """Returns every TensorFlow to build against: usually one; none if there is none.

    Raises:
        SystemExit: a folder of `FOLDERS` has none.
    """
    folders = [folder for folder in os.environ.get(FOLDERS, "").split(":") if folder]
    found = {folder: find([folder]) for folder in folders} or {"": find_for_build()}
    missing = [folder for folder in folders if found[folder] is None]
    if missing:
        raise SystemExit(f"{FOLDERS}: no TensorFlow in {' and '.join(missing)}.")
    return [tensorflow for tensorflow in found.values() if tensorflow]


def supported_range() -> str:
    """Returns the version specifier of all versions in `SUPPORTED`."""
    return _range(SUPPORTED[0], SUPPORTED[-1])


def has_nvidia_driver() -> bool:
    """Returns whether an NVIDIA driver runs on this machine."""
    if NVIDIA_DRIVER.exists():
        return True
    tool = shutil.which("nvidia-smi")
    return (
        tool is not None
        and not subprocess.run([tool, "-L"], capture_output=True).returncode
    )


def smallest_distribution() -> str:
    """Returns the smallest distribution of TensorFlow for this machine."""
    # There is no tensorflow-cpu for other processors; their tensorflow is CPU-only.
    on_x86 = sysconfig.get_platform() == "linux-x86_64"
    return "tensorflow-cpu" if on_x86 else "tensorflow"


def build_requirement() -> str:
    """Returns what to build against if there is no TensorFlow: the smallest one.

    The build needs its headers only.
    """
    return smallest_distribution() + supported_range()


def install_requirement() -> str:
    """Returns what the package requires: the environment's TensorFlow if it has one.

    A wheel for several requires `tensorflow`, which serves machines with and without
    a GPU.
    """
    if os.environ.get(FOLDERS):
        minors = [tensorflow.minor_version for tensorflow in find_all_for_build()]
        return "tensorflow" + _range(minors[0], minors[-1])
    found = find_in_environment()
    if found is not None:
        return found.requirement
    if has_nvidia_driver():
        return "tensorflow[and-cuda]" + supported_range()
    return build_requirement()


if __name__ == "__main__":
    print(install_requirement())
