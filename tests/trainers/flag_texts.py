"""What a user could type for each flag."""

import types
import typing

from trainers.datasets.options import ONLY_WITH


def kind_of(group, field):
    """The type of a field without `| None`."""
    kind = typing.get_type_hints(group.options)[field.name]
    if isinstance(kind, types.UnionType):
        (kind,) = (part for part in kind.__args__ if part is not type(None))
    return kind


def text_of_another_value(group, field):
    """What a user could type for another value than the default."""
    kind = kind_of(group, field)
    if field.metadata["choices"]:
        return next(c for c in field.metadata["choices"] if c != field.default)
    if kind is bool:
        return str(not field.default)
    if kind is str:
        texts = {"output": "else.png", "training_flags": "--else"}
        return texts.get(field.name, "else")
    if kind in (int, float):
        least = field.metadata["at_least"] or 0
        most = field.metadata["at_most"]
        steps = (1, 2) if kind is int or most is None else (most / 4, most / 2)
        return next(str(least + s) for s in steps if least + s != field.default)
    texts = "pce,full" if field.name == "methods" else "a,b"
    return texts if typing.get_args(kind)[0] is str else "7,8"


COMPANIONS = {
    "RegularizerOptions normalization": {"regularizer_weight": 1},
    "ReproduceOptions clicks": {"figure": 5},
    "ReproduceOptions labelled_counts": {"semi": True},
    "ReproduceOptions unlabelled_dir": {"semi": True},
}


def companions(group, name):
    """The flags without which a flag is refused, with their values."""
    if "dataset" in group.fields and name in ONLY_WITH:
        return {"dataset": ONLY_WITH[name][0]}
    return COMPANIONS.get(f"{group.options.__name__} {name}", {})
