"""Programs that train, compare, evaluate and export segmentation networks.

Run one with `python -m trainers.scribble --help`, or, where the package is
installed, with its console command (`tf-rloss-scribble --help`). docs/development.md
has a map of the folders.
"""

import os

# TensorFlow reads this when it is first imported, so it has to be set here, before
# any module of a trainer imports it. A level that the user has chosen wins.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

__all__: list[str] = []
