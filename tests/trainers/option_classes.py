"""All dataclasses of options that the trainers have, for tests that hold for each."""

import dataclasses
import importlib
import inspect
import pkgutil

import trainers
from trainers.options import flags_of


def option_classes() -> list[type]:
    """Returns every dataclass in `trainers` with a field that has a flag."""
    found = {}
    for module in pkgutil.walk_packages(trainers.__path__, "trainers."):
        members = vars(importlib.import_module(module.name)).values()
        for member in filter(inspect.isclass, members):
            if dataclasses.is_dataclass(member) and flags_of(member):
                found[member.__qualname__] = member
    return [found[name] for name in sorted(found)]
