"""The model card: the origin of a model, for people and for programs."""

import datetime
import json
import pathlib
import platform
from collections.abc import Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf

import tf_rloss

_USAGE = """\
```python
import tensorflow as tf
{loading}
model = tf.saved_model.load("path/of/this/folder")
{image}
outputs = model.signatures["serving_default"](image=image)
outputs["probabilities"]  # float32 (B, H, W, K)
outputs["labels"]  # uint8 (B, H, W)
```"""

_RGB = """\
# image: float32 (B, H, W, 3), RGB in [0, 255], any size; "uint8" takes bytes,
# "encoded" takes PNG or JPEG files as strings (B,), one size in a batch."""

_OTHER = """\
# image: float32 (B, H, W, {channels}), any size, with values scaled to [0, 255]:
# (value - low) / (high - low) * 255, clipped. The section "Image form" has (low, high)
# as value_range; else low is 0 and high the largest number of the files' type."""

_LOADING = """\
from tf_rloss import ops

ops.load_library()
"""

_NEEDS_LIBRARY = """\
**The model needs more than stock TensorFlow:** it contains {names} of tf_rloss, whose
library has to be loaded before the model. Where the package is not installed, copy the
file `tf_rloss.ops.library_path()` there and call `tf.load_library` with its path; it
fits one minor version of TensorFlow. A server that cannot load it cannot serve this
model."""


def complete_card(
    card: Mapping[str, object], class_names: Sequence[str], num_parameters: int
) -> dict:
    """Adds the sections that are the same for every export to a card.

    Args:
        card: sections of the caller, such as `flags`, `data`, `metrics`; `title` and
            `description` are shown on top. JSON values only.
        class_names: K names.
        num_parameters: number of weights.

    Returns:
        The card with `classes`, `parameters`, `versions` and `exported`.
    """
    return {
        "title": "Segmentation model",
        **card,
        "classes": list(class_names),
        "parameters": int(num_parameters),
        "versions": {
            "tf_rloss": tf_rloss.__version__,
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
            **dict(card.get("versions", {})),
        },
        "exported": datetime.datetime.now(datetime.timezone.utc).isoformat(
            timespec="seconds"
        ),
    }


def write_card(card: Mapping[str, object], folder: pathlib.Path) -> None:
    """Writes `model_card.json` and `model_card.md` into a folder.

    Args:
        card: as `complete_card` returns it.
        folder: an existing folder.

    Raises:
        TypeError: if the card holds a value that JSON does not know.
    """
    text = json.dumps(card, indent=2, allow_nan=False)
    (folder / "model_card.json").write_text(text + "\n", encoding="utf-8")
    (folder / "model_card.md").write_text(render(card), encoding="utf-8")


def render(card: Mapping[str, object]) -> str:
    """Returns the card as Markdown: a heading for each section, values in tables."""
    lines = [f"# {card['title']}", ""]
    if "description" in card:
        lines += [str(card["description"]), ""]
    needed = card.get("custom_ops", ())
    if "savedmodel" in card.get("formats", ("savedmodel",)):
        form = card.get("image_form")
        image = _OTHER.format(**form) if form else _RGB
        usage = _USAGE.format(loading=_LOADING if needed else "", image=image)
        lines += ["## Use", "", usage, ""]
    if needed:
        lines += [_NEEDS_LIBRARY.format(names=" and ".join(needed)), ""]
    facts = {}
    for name, value in card.items():
        if name in ("title", "description"):
            continue
        if isinstance(value, Mapping):
            heading = name.replace("_", " ").capitalize()
            lines += [f"## {heading}", "", *_table(value), ""]
        else:
            facts[name] = value
    lines += ["## Facts", "", *_table(facts), ""]
    return "\n".join(lines)


def _table(section: Mapping[str, object], prefix: str = "") -> list[str]:
    """Returns the rows of a two-column table; nested mappings are indented names."""
    rows = [] if prefix else ["| | |", "|---|---|"]
    for name, value in section.items():
        if isinstance(value, Mapping):
            rows += _table(value, f"{prefix}{name}: ")
        else:
            rows.append(f"| {_escape(prefix + str(name))} | {_cell(value)} |")
    return rows


def _cell(value: object) -> str:
    """Returns a value as readable text."""
    if value is None:
        return "n/a"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, tuple)):
        pairs = any(isinstance(item, (list, tuple)) for item in value)
        return ("; " if pairs else ", ").join(_cell(item) for item in value)
    return _escape(str(value))


def _escape(text: str) -> str:
    """Keeps a value inside its cell."""
    return text.replace("|", "\\|").replace("\n", " ")
