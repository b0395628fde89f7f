"""Lets the tests of this folder and of those in it share the helpers that lie here.

Processes that tests start find them, too: they run a script of this folder.
"""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).parent))
