"""`tensorflow_repository` for MODULE.bazel; Bazel 4 does not know extensions."""

load(":tensorflow_repository.bzl", "tensorflow_repository")

def _tensorflow_extension(_context):
    tensorflow_repository(name = "local_tensorflow")

tensorflow_extension = module_extension(implementation = _tensorflow_extension)
