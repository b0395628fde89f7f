"""Which TensorFlow to build against and to require, without importing it.

The op library fits one minor version of TensorFlow, so it is built against the
one of the environment that the package goes to. pip builds in an environment of
its own, but there `sysconfig` and `site` still name the target's folders.
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
from pathlib import Path

SUPPORTED = ("2.21",)  # minor versions that the tests ran with, in order
DISTRIBUTIONS = ("tensorflow", "tensorflow-cpu", "tf-nightly", "tf-nightly-cpu")
FRAMEWORK = "libtensorflow_framework.so.2"


@dataclasses.dataclass(frozen=True)
class TensorFlow:
    """An installed TensorFlow.

    Attributes:
        distribution: the name pip knows it by, one of `DISTRIBUTIONS`.
        version: as pip lists it, e.g. "2.21.0".
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
    def is_release(self) -> bool:
        """Whether this is a final release (no nightly, no candidate)."""
        plain = re.fullmatch(r"\d+(\.\d+)+(\.post\d+)?(\+.*)?", self.version)
        return plain is not None and not self.distribution.startswith("tf-nightly")

    @property
    def requirement(self) -> str:
        """The requirement that the library built against it fits."""
        if not self.is_release:
            return f"{self.distribution}=={self.version}"
        return self.distribution + _range(self.minor_version, self.minor_version)


def _range(first: str, last: str) -> str:
    major, minor = last.split(".")
    return f">={first},<{major}.{int(minor) + 1}"


def search_folders() -> list[Path]:
    """Folders that may hold TensorFlow: the target environment's come first."""
    folders = [sysconfig.get_path("platlib"), sysconfig.get_path("purelib")]
    folders += site.getsitepackages()
    if sys.prefix == sys.base_prefix:  # in a virtual environment they do not count
        folders.append(site.getusersitepackages())
    folders += sys.path
    return [Path(folder) for folder in dict.fromkeys(folders) if folder]


def find(folders: list[Path] | None = None) -> TensorFlow | None:
    """Returns the first complete TensorFlow in `folders`, or None.

    Args:
        folders: where to look, in this order; default `search_folders()`.
    """
    for folder in search_folders() if folders is None else folders:
        package = Path(folder) / "tensorflow"
        if not ((package / "include").is_dir() and (package / FRAMEWORK).is_file()):
            continue
        versions = {}
        for found in importlib.metadata.distributions(path=[str(folder)]):
            name = re.sub(r"[-_.]+", "-", found.metadata["Name"] or "").lower()
            versions[name] = found.version
        for name in DISTRIBUTIONS:
            if name in versions:
                return TensorFlow(name, versions[name], package)
    return None


def find_supported() -> TensorFlow | None:
    """Like `find`, but a release outside of `SUPPORTED` ends the program."""
    found = find()
    if found and found.is_release and found.minor_version not in SUPPORTED:
        raise SystemExit(
            f"tf_rloss supports TensorFlow {' and '.join(SUPPORTED)}, but this "
            f"environment has {found.distribution} {found.version}. "
            f'Run: pip install "{found.distribution}{supported_range()}"'
        )
    return found


def supported_range() -> str:
    """The version specifier of everything in `SUPPORTED`."""
    return _range(SUPPORTED[0], SUPPORTED[-1])


def has_nvidia_driver() -> bool:
    """Whether an NVIDIA driver runs on this machine."""
    if os.path.exists("/proc/driver/nvidia/version"):
        return True
    tool = shutil.which("nvidia-smi")
    return (
        tool is not None
        and not subprocess.run([tool, "-L"], capture_output=True).returncode
    )


def build_requirement() -> str:
    """What a build needs where no TensorFlow is: only the headers, so the small one."""
    # There is no tensorflow-cpu for other processors; their tensorflow is CPU-only.
    on_x86 = sysconfig.get_platform() == "linux-x86_64"
    return ("tensorflow-cpu" if on_x86 else "tensorflow") + supported_range()


def install_requirement(found: TensorFlow | None) -> str:
    """What the built package requires.

    Args:
        found: the TensorFlow of the target environment, None if it has none.
    """
    if found is not None:
        return found.requirement
    if has_nvidia_driver():
        return "tensorflow[and-cuda]" + supported_range()
    return build_requirement()


if __name__ == "__main__":
    print(install_requirement(find_supported()))
