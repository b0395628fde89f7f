"""Runs a module as `python -m` does, for Bazel, which can only start files.

python run_module.py trainers.scribble --help
"""

import os
import runpy
import sys

if __name__ == "__main__":
    # `-m` puts the current folder first, a file its own.
    sys.path[0] = os.getcwd()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
