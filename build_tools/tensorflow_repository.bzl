"""The TensorFlow of the active Python, as a Bazel repository; nothing is downloaded.

The active Python is $PYTHON_BIN_PATH, else the first python3 on the PATH.
"""

_FIND = """
import sys
sys.path.insert(0, sys.argv[1])
from build_tools import find_tensorflow, library, xla_library
found = find_tensorflow.find_for_build()
if found is None:
    sys.exit("This Python has no TensorFlow: " + sys.executable)
xla = [] if xla_library.obstacle(found) else [xla_library.file_name(found)]
print(sys.executable, found.folder, library.file_name(found), *xla, sep="\\n")
"""

_BUILD = """
load("@rules_cc//cc:defs.bzl", "cc_library")
load("@rules_python//python:defs.bzl", "py_runtime")
load("@rules_python//python:py_runtime_pair.bzl", "py_runtime_pair")

package(default_visibility = ["//visibility:public"])

cc_library(
    name = "framework",
    srcs = ["libtensorflow_framework.so.2"],
    hdrs = glob(["include/**"]),
    includes = ["include"],
)

# This is used only if XLA_LIBRARIES names a library.
cc_library(
    name = "compiler",
    srcs = ["libtensorflow_cc.so.2"],
    includes = [
        "include/external/highwayhash",
        "include/external/farmhash_archive/src",
    ],
    deps = [":framework"],
)

py_runtime(
    name = "python",
    interpreter_path = "{python}",
    python_version = "PY3",
)

py_runtime_pair(
    name = "python_pair",
    py3_runtime = ":python",
)

toolchain(
    name = "python_toolchain",
    toolchain = ":python_pair",
    toolchain_type = "@bazel_tools//tools/python:toolchain_type",
)
"""

def _tensorflow_repository(context):
    # Finding runs the same code as setup.py, so both build against the same one.
    root = context.path(Label("//:setup.py")).dirname
    for name in ("find_tensorflow", "library", "xla_library"):
        context.path(Label("//build_tools:%s.py" % name))  # search again if it changes
    python = context.os.environ.get("PYTHON_BIN_PATH") or context.which("python3")
    if not python:
        fail("No python3 on the PATH: activate the environment that has TensorFlow.")
    found = context.execute([python, "-B", "-c", _FIND, str(root)])
    if found.return_code:
        fail(found.stderr)
    lines = found.stdout.splitlines()
    executable, folder, library, xla_libraries = lines[0], lines[1], lines[2], lines[3:]
    for name in ["include", "libtensorflow_framework.so.2", "libtensorflow_cc.so.2"]:
        context.symlink(folder + "/" + name, name)
    context.file("BUILD", _BUILD.format(python = executable))
    names = "LIBRARY = %r\nXLA_LIBRARIES = %r\n" % (library, xla_libraries)
    context.file("library.bzl", names)

tensorflow_repository = repository_rule(
    implementation = _tensorflow_repository,
    configure = True,
    environ = ["PATH", "PYTHON_BIN_PATH", "VIRTUAL_ENV"],
    local = True,
)
