"""Runs one part of the campaign in a process of its own.

python -m tests.campaign.child PART FOLDER SETTINGS, the settings of a `Session` as JSON
"""

import importlib
import json
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

from tests.campaign.parts import PARTS
from tests.campaign.session import Session


def main() -> None:
    """Runs the part of the command line."""
    name, folder, settings = sys.argv[1:]
    session = Session(pathlib.Path(folder), **json.loads(settings))
    importlib.import_module(f"tests.campaign.{PARTS[name].module}").run(session)


if __name__ == "__main__":
    main()
