"""The paper's tables and figures, one file each: a list of runs, and their report."""
