"""Lets the tests of this folder, and the processes they start, share `toys`."""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).parent))
